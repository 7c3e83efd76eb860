"""Syntax elements of H.264, H.265 and AV1 headers, bit by bit (ITU-T H.264 7.2 and 9.1, AV1 4.10)."""

from packagers.cenc.error import CencError


class EndOfBitsError(CencError):
    """A header that goes on behind the bytes at hand."""


class BitString:
    """Reads an RBSP front to back. `EndOfBitsError` at its end.

    Bits are characters: on headers of some dozen bytes, `str` finds the next 1 faster than shifts do.
    """

    __slots__ = ("_bits", "position")

    def __init__(self, rbsp: bytes) -> None:
        self._bits = f"{int.from_bytes(rbsp, 'big'):0{8 * len(rbsp)}b}" if rbsp else ""
        self.position = 0

    def u(self, bits: int) -> int:
        """An unsigned number of so many bits."""
        start = self.position
        self.position = start + bits
        if self.position > len(self._bits):
            raise EndOfBitsError("a header is cut short")
        return int(self._bits[start : self.position] or "0", 2)

    def flag(self) -> bool:
        start = self.position
        if start >= len(self._bits):
            raise EndOfBitsError("a header is cut short")
        self.position = start + 1
        return self._bits[start] == "1"

    def ue(self) -> int:
        """An unsigned Exp-Golomb number."""
        one = self._bits.find("1", self.position)
        end = 2 * one - self.position + 1
        if one < 0 or end > len(self._bits):
            raise EndOfBitsError("a header is cut short")
        self.position = end
        return int(self._bits[one:end], 2) - 1

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def su(self, bits: int) -> int:
        """A signed number in two's complement."""
        value = self.u(bits)
        return value - (value >> (bits - 1) << bits)

    def ns(self, values: int) -> int:
        """A number below `values`, in as few bits as it needs (AV1 4.10.7)."""
        bits = values.bit_length()
        short = (1 << bits) - values
        value = self.u(bits - 1)
        return value if value < short else (value << 1) - short + self.u(1)

    @property
    def bytes_used(self) -> int:
        """Bytes read so far, the last perhaps in part."""
        return (self.position + 7) // 8


def unescape(nal: bytes) -> bytes:
    """Without emulation prevention bytes (H.264 7.4.1)."""
    return nal.replace(b"\0\0\3", b"\0\0")


def escaped_size(nal: bytes, size: int) -> int:
    """How many bytes of `nal` hold the first `size` bytes of what `unescape` makes of it."""
    at = nal.find(b"\0\0\3")
    while at >= 0 and at + 2 < size:
        size += 1
        at = nal.find(b"\0\0\3", at + 3)
    return size
