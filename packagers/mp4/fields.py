"""The vocabulary of box declarations: each kind of field knows how to read and write itself.

A box is a dataclass whose fields are annotated with one of these kinds, `width: U16` or
`data_offset: Annotated[int | None, IfFlag(0x1, Int(32))]`. Parsing, writing and the dump all follow the
declaration. Reader and writer carry the box as a mapping of names to values: those read so far, or all.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from packagers.mp4.bits import Mp4Error, Reader, Values, Writer


class Field(ABC):
    """One kind of field."""

    @abstractmethod
    def read(self, source: Reader) -> Any: ...

    @abstractmethod
    def write(self, sink: Writer, value: Any) -> None: ...

    @property
    def governed(self) -> int:
        """Bits of the box's `flags` that say whether this field, or what of it, is present."""
        return 0

    def presence(self, value: Any) -> int:
        """Those of the governed bits that `value` sets."""
        return 0 if value is None else self.governed


@dataclass(frozen=True)
class Uint(Field):
    bits: int

    def read(self, source: Reader) -> int:
        return source.uint(self.bits)

    def write(self, sink: Writer, value: int) -> None:
        sink.uint(value, self.bits)


@dataclass(frozen=True)
class Int(Field):
    """A number in two's complement."""

    bits: int

    def read(self, source: Reader) -> int:
        value = source.uint(self.bits)
        return value - (value >> (self.bits - 1) << self.bits)

    def write(self, sink: Writer, value: int) -> None:
        half = 1 << (self.bits - 1)
        if not -half <= value < half:
            raise Mp4Error(f"{value} does not fit {self.bits} bits")
        sink.uint(value & (2 * half - 1), self.bits)


@dataclass(frozen=True)
class Fixed(Field):
    """A number of `whole` bits before the binary point and `part` after it, as an exact fraction."""

    whole: int
    part: int

    def read(self, source: Reader) -> Fraction:
        return Fraction(source.uint(self.whole + self.part), 1 << self.part)

    def write(self, sink: Writer, value: Fraction | int) -> None:
        scaled = value * (1 << self.part)
        if scaled != int(scaled):
            raise Mp4Error(f"{value} has more than {self.part} bits after the point")
        sink.uint(int(scaled), self.whole + self.part)


@dataclass(frozen=True)
class ByVersion(Field):
    """`first` in a box of version 0, `later` in any other."""

    first: Field
    later: Field

    def read(self, source: Reader) -> Any:
        return self._kind(source.box).read(source)

    def write(self, sink: Writer, value: Any) -> None:
        self._kind(sink.box).write(sink, value)

    def _kind(self, box: Values) -> Field:
        return self.later if box["version"] else self.first


@dataclass(frozen=True)
class IfFlag(Field):
    """Present when `mask` is set in the box's `flags`, else None. Giving a value sets the flag."""

    mask: int
    kind: Field

    def read(self, source: Reader) -> Any:
        return self.kind.read(source) if source.box["flags"] & self.mask else None

    def write(self, sink: Writer, value: Any) -> None:
        if value is not None:
            self.kind.write(sink, value)

    @property
    def governed(self) -> int:
        return self.mask


@dataclass(frozen=True)
class If(Field):
    """Present when `condition` holds for the fields before it, else None."""

    condition: Callable[[Values], bool]
    kind: Field

    def read(self, source: Reader) -> Any:
        return self.kind.read(source) if self.condition(source.box) else None

    def write(self, sink: Writer, value: Any) -> None:
        if self.condition(sink.box) != (value is not None):
            raise Mp4Error("must be given exactly when the fields before it ask for it")
        if value is not None:
            self.kind.write(sink, value)


@dataclass(frozen=True)
class Raw(Field):
    """`size` bytes, or all that are left."""

    size: int | None = None

    def read(self, source: Reader) -> bytes:
        return bytes(source.take(source.remaining if self.size is None else self.size))

    def write(self, sink: Writer, value: bytes) -> None:
        if self.size not in (None, len(value)):
            raise Mp4Error(f"{len(value)} bytes given where {self.size} are due")
        sink.put(value)


@dataclass(frozen=True)
class Repeat(Field):
    """A fixed number of values of one kind, as a tuple."""

    times: int
    kind: Field

    def read(self, source: Reader) -> tuple[Any, ...]:
        return tuple(self.kind.read(source) for _ in range(self.times))

    def write(self, sink: Writer, value: tuple[Any, ...]) -> None:
        if len(value) != self.times:
            raise Mp4Error(f"{len(value)} values given where {self.times} are due")
        for item in value:
            self.kind.write(sink, item)


U8 = Annotated[int, Uint(8)]
U16 = Annotated[int, Uint(16)]
U24 = Annotated[int, Uint(24)]
U32 = Annotated[int, Uint(32)]
I16 = Annotated[int, Int(16)]
U16_16 = Annotated[Fraction, Fixed(16, 16)]
UintByVersion = Annotated[int, ByVersion(Uint(32), Uint(64))]
Rest = Annotated[bytes, Raw()]
