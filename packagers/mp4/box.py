"""Boxes: the base of every declaration, and what a declaration is turned into."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast, get_type_hints

from packagers.mp4.bits import Mp4Error, Reader, Writer
from packagers.mp4.fields import U8, U24, U32, Field, Rest

B = TypeVar("B", bound="Box")


class SizeForm(Enum):
    """How a box states its size (ISO/IEC 14496-12 4.2)."""

    COMPACT = "32 bits"
    LARGE = "64 bits"
    TO_END = "to the end of the file"


class Layout(NamedTuple):
    """A declaration, worked out once a class: the fields in file order, and those that show in `flags`."""

    fields: tuple[tuple[str, Field], ...]
    flagged: tuple[tuple[str, Field], ...]
    governed: int


def layout(box: type["Box"]) -> Layout:
    return _layout(cast("Any", box))


@cache
def _layout(box: Any) -> Layout:
    hints = get_type_hints(box, include_extras=True)
    kinds = [(f.name, kind_of(hints[f.name])) for f in fields(box)]
    declared = tuple((name, kind) for name, kind in kinds if kind)
    flagged = tuple((name, kind) for name, kind in declared if kind.governed)
    return Layout(declared, flagged, sum(kind.governed for _, kind in flagged))


def kind_of(hint: Any) -> Field | None:
    return next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Field)), None)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box of ISO/IEC 14496-12 4.2. Annotated fields are its payload, in file order."""

    type: str = ""
    size_form: SizeForm = field(default=SizeForm.COMPACT, repr=False)

    def __post_init__(self) -> None:
        plan = layout(type(self))
        if plan.governed:
            present = sum(kind.presence(getattr(self, name)) for name, kind in plan.flagged)
            object.__setattr__(self, "flags", vars(self)["flags"] & ~plan.governed | present)

    @classmethod
    def read_fields(cls, source: Reader) -> dict[str, Any]:
        """The declared fields, as constructor arguments. `Mp4Error` when they do not fit the window."""
        values: dict[str, Any] = {}
        source.box = values
        for name, kind in layout(cls).fields:
            values[name] = kind.read(source)
        return values

    def payload(self) -> bytes:
        sink = Writer(vars(self))
        for name, kind in layout(type(self)).fields:
            try:
                kind.write(sink, getattr(self, name))
            except Mp4Error as error:
                raise Mp4Error(f"{self.type} {name}: {error}") from None
        return bytes(sink.data)

    def to_bytes(self) -> bytes:
        payload = self.payload()
        return header(self.type, len(payload), self.size_form) + payload

    @property
    def size(self) -> int:
        """Bytes of the whole box, header and children included."""
        return len(self.to_bytes())


@dataclass(frozen=True, kw_only=True)
class FullBox(Box):
    """A box with a version and flags (ISO/IEC 14496-12 4.2). Flags that fields govern follow the fields."""

    version: U8 = 0
    flags: U24 = 0


@dataclass(frozen=True, kw_only=True)
class Parent(Box):
    """A box that ends in other boxes."""

    children: tuple[Box, ...] = ()

    def payload(self) -> bytes:
        return super().payload() + b"".join(child.to_bytes() for child in self.children)

    def find(self, path: str, kind: type[B]) -> Iterator[B]:
        """Every box at `path`, such as `trak/mdia/mdhd`, that is a `kind`."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.type != name:
                continue
            if rest and isinstance(child, Parent):
                yield from child.find(rest, kind)
            elif not rest and isinstance(child, kind):
                yield child

    def one(self, path: str, kind: type[B]) -> B:
        """The only box at `path`; `Mp4Error` when there is none, or more."""
        found = list(self.find(path, kind))
        if len(found) != 1:
            raise Mp4Error(f"{self.type} has {len(found)} boxes {path} where one is due")
        return found[0]


@dataclass(frozen=True, kw_only=True)
class Entries(FullBox, Parent):
    """A full box that counts its children."""

    entry_count: U32 = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.entry_count != len(self.children):
            raise Mp4Error(f"entry_count is {self.entry_count} but there are {len(self.children)} entries")


@dataclass(frozen=True, kw_only=True)
class Opaque(Box):
    """A box whose payload is not looked into: unknown, or free space, or media data."""

    data: Rest = b""


@dataclass(frozen=True, kw_only=True)
class Damaged(Box):
    """What a lenient parse leaves of bytes that break the format, and the reason. Type `""` has no header."""

    data: Rest = b""
    reason: str = field(default="", compare=False)

    def to_bytes(self) -> bytes:
        return super().to_bytes() if self.type else self.data


def header(type_: str, payload: int, form: SizeForm = SizeForm.COMPACT) -> bytes:
    """The header of a box with `payload` bytes after it; 64-bit when it has to be."""
    code = type_.encode("latin-1")
    if len(code) != 4:
        raise Mp4Error(f"{type_!r} is not a box type")
    if form is SizeForm.TO_END:
        return struct.pack(">I4s", 0, code)
    if form is SizeForm.LARGE or payload + 8 >= 1 << 32:
        return struct.pack(">I4sQ", 1, code, payload + 16)
    return struct.pack(">I4s", payload + 8, code)
