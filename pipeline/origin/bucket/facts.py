"""What S3 says of an object, before its bytes."""

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """One version of an object: its `size` in bytes as stored, its SHA-256 in hex if it was stored with one,
    and whether what is stored is gzip of what is published."""

    etag: str
    size: int
    sha256: str = ""
    gzipped: bool = False


class Record(msgspec.Struct, frozen=True):
    """What was at a path when S3 last said so, in seconds since the epoch."""

    facts: Facts
    seen: float
