"""The boxes of a file as text, one line a box: for people, and for golden tests."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from packagers.mp4.bits import printable
from packagers.mp4.box import Box, Damaged, Parent, layout
from packagers.mp4.parse import MAX_BOX_BYTES, read_box, scan
from packagers.mp4.table import Table

MAX_ROWS = 8
MAX_BYTES = 24


def dump(file: BinaryIO) -> Iterator[str]:
    """Lines `offset size type fields`, children indented under their parent.

    Media data are skipped, long tables and byte strings cut short. A box that breaks the format is shown with
    the reason; `Mp4Error` is raised only where the rest of the file cannot be found.
    """
    for head in scan(file):
        if head.type == "mdat" or head.size > MAX_BOX_BYTES:
            yield line(head.offset, head.size, 0, head.type, "")
        else:
            yield from box_lines(read_box(file, head, strict=False), head.offset, 0)


def box_lines(box: Box, offset: int, depth: int) -> Iterator[str]:
    yield line(offset, box.size, depth, box.type, describe(box))
    children = box.children if isinstance(box, Parent) else ()
    offset += box.size - sum(child.size for child in children)
    for child in children:
        yield from box_lines(child, offset, depth + 1)
        offset += child.size


def line(offset: int, size: int, depth: int, type_: str, fields: str) -> str:
    return f"{offset:>9} {size:>9} {'  ' * depth}{printable(type_)} {fields}".rstrip()


def describe(box: Box) -> str:
    """Fields as `name=value`; without reserved ones and those of version and flags that are 0."""
    shown = [
        f"{name}={value(name, getattr(box, name))}"
        for name, _ in layout(type(box)).fields
        if not hidden(name, getattr(box, name))
    ]
    if isinstance(box, Damaged):
        shown.append(f"! {box.reason}")
    return " ".join(shown)


def hidden(name: str, value: Any) -> bool:
    return value is None or name.startswith("reserved") or (not value and name in ("version", "flags"))


def value(name: str, of: Any) -> str:
    """One field as text, the same on every run."""
    if name.endswith("flags") and isinstance(of, int):
        return hex(of)
    if isinstance(of, Table):
        rows = ["/".join(map(str, row)) for row in of.head(MAX_ROWS)]
        rest = ["..."] if len(of) > MAX_ROWS else []
        return f"{len(of)}[{'/'.join(of.columns)}: {' '.join(rows + rest)}]" if rows else "0[]"
    if isinstance(of, bytes):
        return f"0x{of[:MAX_BYTES].hex()}" + (f"...({len(of)} bytes)" if len(of) > MAX_BYTES else "")
    if isinstance(of, tuple):
        return ",".join(value(name, item) for item in of)
    return printable(of) if isinstance(of, str) else str(of)
