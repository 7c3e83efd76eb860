"""The Range header field (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

# Eighteen digits name any byte of a file; a longer number is nobody's honest request.
_SINGLE_RANGE = re.compile(rb"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


class UnsatisfiableRangeError(Exception):
    """The range is well formed and begins beyond the end (RFC 9110, section 15.5.17)."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last`, both included, as in Content-Range."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def parse_range(field: bytes, size: int) -> ByteRange | None:
    """Return the single range that `field` asks of a representation of `size` bytes.

    None means that the field is to be ignored and the whole sent: it is malformed, of another unit, or asks
    for several ranges, which a server may decline (section 14.2) and no player needs.
    Raises UnsatisfiableRangeError.
    """
    match = _SINGLE_RANGE.fullmatch(field)
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(last, size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableRangeError
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


def _suffix(length: bytes, size: int) -> ByteRange | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise UnsatisfiableRangeError
    return ByteRange(max(0, size - int(length)), size - 1)
