"""ffmpeg commands as text that a reviewer can read, and diff."""

from collections.abc import Sequence

FLAGS = {"-hide_banner", "-nostdin", "-nostats", "-copyts", "-noautorotate", "-noaccurate_seek", "-y"}
"""Options without a value."""


def pretty(argv: Sequence[str]) -> str:
    """One option, input, filter or output a line; the binary is just `ffmpeg`."""
    lines = ["ffmpeg"]
    words = iter(argv[1:])
    for word in words:
        if not word.startswith("-") or word in FLAGS:
            lines.append(word)
        elif word == "-filter_complex":
            lines += [word, *(f"  {part}" for part in next(words).split(";"))]
        else:
            lines.append(f"{word} {next(words)}")
    return "\n".join(lines) + "\n"
