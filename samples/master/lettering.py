"""What people read: time and frame number in the bar, the title over the first shot."""

from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
NAMES = ("DejaVuSansMono-Bold.ttf", "LiberationMono-Bold.ttf", "Menlo.ttc", "consolab.ttf")


def find_font() -> Path | None:
    """The first known monospaced font of this machine, or None."""
    found = (path for name in NAMES for folder in FOLDERS for path in sorted(Path(folder).rglob(name)))
    return next(found, None)


def running_time(font: Path, width: int, bar: int) -> str:
    """A filter that writes time and frame number into the bar."""
    size = min(bar // 2, width // 24)
    text = r"'telecine %{pts\:hms}  frame %{frame_num}'"
    return f"{_drawtext(font, size)}:x={bar // 2}:y=({bar}-th)/2:y_align=font:text={text}"


def title(font: Path, width: int, height: int, facts: str, frames: int) -> Iterator[str]:
    """Filters that write the title, and the facts below it, over the first frames."""
    size = min(width // 6, height // 5)
    while_shown = f"enable='lt(n,{frames})':shadowcolor=black@0.6:shadowx=2:shadowy=2"
    yield f"{_drawtext(font, size)}:x=(w-tw)/2:y=(h-th)/2:text=telecine:{while_shown}"
    yield f"{_drawtext(font, size // 4)}:x=(w-tw)/2:y=(h+{size * 3 // 2})/2:text='{facts}':{while_shown}"


def _drawtext(font: Path, size: int) -> str:
    file = font.as_posix().replace(":", r"\:")
    return f"drawtext=fontfile='{file}':fontsize={max(size, 6)}:fontcolor=white"
