"""Where slice data start in H.264 NAL units: slice headers, matched to their end (ITU-T H.264 7.3.3).

Once the parameter sets are known, a header is a word of a regular language. Matching a regular expression is
several times as fast as reading element by element, which would take longer than encrypting small samples.
"""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.avc_parameter_sets import PictureParameters
from packagers.cenc.avc_slice_grammar import IDR, START, SliceGrammar, number
from packagers.cenc.bitstring import escaped_size, unescape
from packagers.cenc.error import CencError
from packagers.cenc.subsamples import Integers

USUAL_BYTES, MAX_BYTES = 24, 4096
"""Most headers take a dozen bytes; 32 weighted references in two lists take some hundreds."""


class SliceHeaders:
    """Measures the headers of slices that use these parameter sets. Expressions are made when first used."""

    def __init__(self, pictures: Mapping[int, PictureParameters]) -> None:
        self._pictures = pictures
        self._middles: dict[tuple[bytes, ...], tuple[SliceGrammar, re.Pattern[bytes]]] = {}
        self._tails: dict[tuple[bytes, ...], re.Pattern[bytes]] = {}

    def sizes(self, data: memoryview, places: Integers, sizes: Integers) -> list[int]:
        """Of each slice NAL unit, the bytes up to its first whole byte of slice data, escapes included.

        Raises `CencError` when a header is cut short or names a parameter set that is not there.
        """
        units = np.frombuffer(data, np.uint8)
        windows = units.take(places[:, None] + np.arange(USUAL_BYTES), mode="clip")
        bits, width = characters(windows), 8 * USUAL_BYTES
        ends = [
            None if escaped else self._end(bits[row * width : row * width + 8 * min(size, USUAL_BYTES)])
            for row, (size, escaped) in enumerate(
                zip(sizes.tolist(), has_escapes(windows).tolist(), strict=True)
            )
        ]
        return [
            -(-end // 8) if end else self._measure(bytes(data[place : place + min(size, MAX_BYTES)]))
            for end, place, size in zip(ends, places.tolist(), sizes.tolist(), strict=True)
        ]

    def _measure(self, nal: bytes) -> int:
        """Of a unit with escapes near its start, or with a header longer than usual."""
        end = self._end(characters(np.frombuffer(unescape(nal), np.uint8)))
        if end is None:
            raise CencError("a header is cut short")
        return escaped_size(nal, -(-end // 8))

    def _end(self, bits: bytes) -> int | None:
        """Where the header of a unit that starts with such bits ends; None when that is not among them."""
        start = START.match(bits)
        if start is None:
            return None
        key = start.groups()
        grammar, pattern = self._middles.get(key) or self._middle(key)
        middle = pattern.match(bits, start.end())
        if middle is None:
            return None
        counts = middle[1] if grammar.weighted else b""
        tail = self._tails.get((*key, counts)) or self._tail(key, grammar, counts)
        end = tail.match(bits, middle.end())
        return end and end.end()

    def _middle(self, key: tuple[bytes, ...]) -> tuple[SliceGrammar, re.Pattern[bytes]]:
        header, kind, picture_number = (int(key[0], 2), number(key[1]), number(key[2]))
        picture = self._pictures.get(picture_number)
        if picture is None:
            raise CencError(f"a slice uses picture parameter set {picture_number}, which is not in avcC")
        grammar = SliceGrammar(picture, kind % 5, header & 31 == IDR, bool(header >> 5 & 3))
        found = self._middles[key] = grammar, re.compile(grammar.before_weights)
        return found

    def _tail(self, key: tuple[bytes, ...], grammar: SliceGrammar, counts: bytes) -> re.Pattern[bytes]:
        weights = grammar.weights(counts) if counts else b""
        found = self._tails[*key, counts] = re.compile(weights + grammar.behind_weights)
        return found


def characters(data: NDArray[np.uint8]) -> bytes:
    """The bits of `data`, as characters."""
    return (np.unpackbits(data) + np.uint8(ord("0"))).tobytes()


def has_escapes(rows: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each row has an emulation prevention byte, 3 behind two zeros."""
    zeros = (rows[:, :-2] | rows[:, 1:-1]) == 0
    found: NDArray[np.bool_] = np.any(zeros & (rows[:, 2:] == 3), axis=1)
    return found
