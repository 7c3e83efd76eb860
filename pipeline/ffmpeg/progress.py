"""What ffmpeg's `-progress pipe:1` says while it works."""

from collections.abc import Callable, Mapping

from pipeline.ffmpeg.run import OnLine


def progress_blocks(on_block: Callable[[Mapping[str, str]], None]) -> OnLine:
    """For `run`: gathers the `key=value` lines of ffmpeg's `-progress pipe:1` into blocks."""
    block: dict[str, str] = {}

    def on_line(line: str) -> None:
        nonlocal block
        key, _, value = line.partition("=")
        block[key] = value.strip()
        if key == "progress":
            on_block(block)
            block = {}

    return on_line
