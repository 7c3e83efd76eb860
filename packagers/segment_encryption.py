"""Whole segments under AES-128 in CBC mode (RFC 8216bis 4.4.4.4, METHOD=AES-128), for plain HLS players.

A header stays clear. Byte ranges of such a segment cannot be decrypted, so there are no I-frame playlists.
"""

from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from packagers.cmaf import MediaSegment, Rendition

BLOCK_BITS = 128


def encrypt_segments(rendition: Rendition, key: bytes) -> Rendition:
    """The same rendition, each segment encrypted whole and measured as it then is."""

    def segments() -> Iterator[MediaSegment]:
        for number, segment in enumerate(rendition.segments(), start=rendition.first):
            data = encrypt_segment(segment.to_bytes(), key, number)
            yield MediaSegment(replace(segment.info, size=len(data), sync_points=()), (data,))

    return replace(rendition, segments=segments)


def encrypt_segment(data: bytes, key: bytes, number: int) -> bytes:
    """Segment `number`, from 1; its IV is its media sequence number, which starts at 0 (RFC 8216bis 5.2)."""
    padder = padding.PKCS7(BLOCK_BITS).padder()
    cipher = _cipher(key, number).encryptor()
    return cipher.update(padder.update(data) + padder.finalize()) + cipher.finalize()


def decrypt_segment(data: bytes, key: bytes, number: int) -> bytes:
    """The reverse. Raises ValueError where the data were not encrypted so."""
    unpadder = padding.PKCS7(BLOCK_BITS).unpadder()
    cipher = _cipher(key, number).decryptor()
    return unpadder.update(cipher.update(data) + cipher.finalize()) + unpadder.finalize()


def _cipher(key: bytes, number: int) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC((number - 1).to_bytes(16, "big")))
