"""SHA-256 as S3 writes it, and as telecine does: in base64 and in hex."""

import base64
import hashlib
from typing import BinaryIO

BLOCK = 1 << 20
"""Bytes in memory at a time."""


def in_base64(digest: str) -> str:
    """`digest` is in hex."""
    return base64.b64encode(bytes.fromhex(digest)).decode()


def sha256_of(file: BinaryIO) -> str:
    """Of all of it, in hex; the file then stands at its start."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()
