"""Fields that say first how much of them there is."""

from dataclasses import dataclass
from typing import Any

from packagers.mp4.bits import Reader, Writer
from packagers.mp4.fields import Field


@dataclass(frozen=True)
class Counted(Field):
    """Values of one kind as a tuple, their number before them in `bits`."""

    bits: int
    kind: Field

    def read(self, source: Reader) -> tuple[Any, ...]:
        return tuple(self.kind.read(source) for _ in range(source.uint(self.bits)))

    def write(self, sink: Writer, value: tuple[Any, ...]) -> None:
        sink.uint(len(value), self.bits)
        for item in value:
            self.kind.write(sink, item)


@dataclass(frozen=True)
class Sized(Field):
    """Bytes, their number before them in `bits`."""

    bits: int

    def read(self, source: Reader) -> bytes:
        return bytes(source.take(source.uint(self.bits)))

    def write(self, sink: Writer, value: bytes) -> None:
        sink.uint(len(value), self.bits)
        sink.put(value)
