"""Big-endian numbers and bit fields, read and written within bounds."""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]


class Mp4Error(ValueError):
    """Bytes that break the format, or a value that does not fit its field; tells the box path and byte."""


def printable(text: str) -> str:
    """ASCII on one line, whatever a file has for letters."""
    return text.encode("unicode_escape").decode()


class Reader:
    """A window of a buffer, read front to back. Nothing is read outside it: `Mp4Error` instead.

    `path` names the box that the window belongs to and `offset` is where the window starts in the file; both
    are for the messages. `box` holds the fields of that box read so far.
    """

    __slots__ = ("_bit", "box", "data", "offset", "path")

    def __init__(self, data: memoryview, path: str = "", offset: int = 0) -> None:
        self.data = data
        self.path = path
        self.offset = offset
        self.box: Values = {}
        self._bit = 0

    @property
    def position(self) -> int:
        """Bytes of the window used so far."""
        return (self._bit + 7) >> 3

    @property
    def remaining(self) -> int:
        return len(self.data) - self.position

    def uint(self, bits: int) -> int:
        end = self._bit + bits
        last = (end + 7) >> 3
        if last > len(self.data):
            raise self.short((bits + 7) >> 3)
        value = int.from_bytes(self.data[self._bit >> 3 : last], "big")
        self._bit = end
        return value >> (-end & 7) & ((1 << bits) - 1)

    def take(self, size: int) -> memoryview:
        """The next `size` whole bytes, without a copy."""
        if size > self.remaining:
            raise self.short(size)
        start = self.position
        self._bit = (start + size) * 8
        return self.data[start : start + size]

    def window(self, size: int, name: str) -> "Reader":
        """A reader of the next `size` bytes, which belong to the child box `name`."""
        at = self.offset + self.position
        return Reader(self.take(size), f"{self.path}/{name}" if self.path else name, at)

    def error(self, what: str) -> Mp4Error:
        return Mp4Error(printable(f"{self.path or 'file'} at byte {self.offset + self.position}: {what}"))

    def short(self, wanted: int) -> Mp4Error:
        return self.error(f"needs {wanted} more bytes and has {self.remaining}")


class Writer:
    """Collects the fields of `box`; bit fields must fill whole bytes before bytes follow."""

    __slots__ = ("_bits", "_value", "box", "data")

    def __init__(self, box: Values) -> None:
        self.box = box
        self.data = bytearray()
        self._value = 0
        self._bits = 0

    def uint(self, value: int, bits: int) -> None:
        if not 0 <= value < 1 << bits:
            raise Mp4Error(f"{value} does not fit {bits} bits")
        self._value = self._value << bits | value
        self._bits += bits
        if self._bits & 7 == 0:
            self.data += self._value.to_bytes(self._bits >> 3, "big")
            self._value = self._bits = 0

    def put(self, data: bytes | memoryview) -> None:
        if self._bits:
            raise Mp4Error("the bit fields before do not fill whole bytes")
        self.data += data
