"""Encryption of protected ranges: which bytes is decided elsewhere (ISO/IEC 23001-7 9.5 to 9.7).

Ranges are numpy columns over all samples of a segment: the loops here run once a range, never once a block.
"""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR
from numpy.typing import NDArray

from packagers.cenc.scheme import Pattern
from packagers.cenc.subsamples import BLOCK, Integers

ANY_BLOCK = np.dtype((np.void, BLOCK))


def counter_blocks(ivs: NDArray[np.uint8]) -> list[bytes]:
    """What AES-CTR starts each sample with: its IV of 8 or 16 bytes, a row each, then zeros."""
    rows = np.zeros((len(ivs), BLOCK), np.uint8)
    rows[:, : ivs.shape[1]] = ivs
    return [row.tobytes() for row in rows]


def crypt_ctr(
    key: bytes, counters: list[bytes], sample: Integers, start: Integers, size: Integers, data: memoryview
) -> None:
    """Encrypts or decrypts ranges of `data` in place; those of one sample are one stream.

    `counters` has the 16-byte counter block that each sample starts with.
    """
    stream = Cipher(AES(key), CTR(bytes(BLOCK))).encryptor()
    last = -1
    for of, at, end in zip(sample.tolist(), start.tolist(), (start + size).tolist(), strict=True):
        if of != last:
            stream.reset_nonce(counters[of])
            last = of
        part = data[at:end]
        stream.update_into(part, part)


def encrypt_cbc(
    key: bytes, iv: bytes, pattern: Pattern, start: Integers, size: Integers, data: memoryview
) -> None:
    """Encrypts the blocks of each range that the pattern picks, chained from `iv`; others stay clear."""
    places, counts = pattern_blocks(pattern, start, size)
    if not len(places):
        return
    blocks = blocks_of(data)
    picked = bytearray(BLOCK * (len(places) + 1))
    rows = np.ndarray(len(places), ANY_BLOCK, picked)
    rows[:] = blocks[places]
    first = np.cumsum(counts) - counts
    np.ndarray((len(places), BLOCK), np.uint8, picked)[first] ^= np.frombuffer(iv, np.uint8)
    encrypt_chain(key, memoryview(picked), (counts * BLOCK).tolist())
    blocks[places] = rows


def encrypt_chain(key: bytes, data: memoryview, lengths: list[int]) -> None:
    """Encrypts ranges of such lengths in place, each as a chain that starts from zeros.

    `cryptography` cannot start a CBC stream anew, and making one costs as much as encrypting 8 KB. But what
    decides how a chain goes on is the XOR of the block before and the next: so the block before, which is the
    last of another range, is put into the first block of a range. `data` has room for a block more, as the
    library demands.
    """
    chain = Cipher(AES(key), CBC(bytes(BLOCK))).encryptor()
    update, number = chain.update_into, int.from_bytes
    previous = at = 0
    for length in lengths:
        data[at : at + BLOCK] = (number(data[at : at + BLOCK]) ^ previous).to_bytes(BLOCK)
        end = at + length
        update(data[at:end], data[at:])
        previous = number(data[end - BLOCK : end])
        at = end


def decrypt_cbc(
    key: bytes, iv: bytes, pattern: Pattern, start: Integers, size: Integers, data: memoryview
) -> None:
    """The inverse: one chain over all ranges, in which the first block of each is then put right."""
    places, counts = pattern_blocks(pattern, start, size)
    if not len(places):
        return
    blocks = blocks_of(data)
    coded = np.frombuffer(blocks[places].tobytes(), np.uint8).reshape(-1, BLOCK)
    chain = Cipher(AES(key), CBC(iv)).decryptor()
    plain = np.frombuffer(bytearray(chain.update(coded.tobytes())), np.uint8).reshape(-1, BLOCK)
    first = (np.cumsum(counts) - counts)[1:]
    plain[first] ^= coded[first - 1] ^ np.frombuffer(iv, np.uint8)
    blocks[places] = np.ndarray(len(places), ANY_BLOCK, plain)


def blocks_of(data: memoryview) -> NDArray[np.void]:
    """A view of the 16 bytes at each place of `data`, which numpy moves in one piece."""
    return np.ndarray(len(data) - BLOCK + 1, ANY_BLOCK, data, strides=(1,))


def pattern_blocks(pattern: Pattern, start: Integers, size: Integers) -> tuple[Integers, Integers]:
    """Where the encrypted blocks of all ranges start, and how many each range has that has any."""
    crypt, skip = pattern if pattern.crypt else Pattern(1, 0)
    blocks = size // BLOCK
    counts = blocks // (crypt + skip) * crypt + np.minimum(blocks % (crypt + skip), crypt)
    start, counts = start[counts > 0], counts[counts > 0]
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(start, counts) + BLOCK * (number + number // crypt * skip), counts
