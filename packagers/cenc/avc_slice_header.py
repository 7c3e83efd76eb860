"""Where slice data start in H.264 NAL units: slice headers, matched to their end (ITU-T H.264 7.3.3).

Once the parameter sets are known, a header is a word of a regular language. Matching a regular expression is
several times as fast as reading element by element, which would take longer than encrypting small samples.
"""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.avc_parameter_sets import PictureParameters
from packagers.cenc.avc_slice_grammar import IDR, START, UE, SliceGrammar, number
from packagers.cenc.bitstring import escaped_size, unescape
from packagers.cenc.error import CencError
from packagers.cenc.subsamples import Integers

USUAL_BYTES, MAX_BYTES = 24, 4096
"""Most headers take a dozen bytes; 32 weighted references in two lists take some hundreds."""
MAX_WHOLES = 32
"""Kinds of headers that are matched at once. An encoder makes half a dozen."""
NOTHING = b"(?!)"


class SliceHeaders:
    """Measures the headers of slices that use these parameter sets. Expressions are made when first used."""

    def __init__(self, pictures: Mapping[int, PictureParameters]) -> None:
        self._pictures = pictures
        self._middles: dict[tuple[bytes, ...], tuple[SliceGrammar, re.Pattern[bytes]]] = {}
        self._tails: dict[tuple[bytes, ...], re.Pattern[bytes]] = {}
        self._wholes: list[bytes] = []
        self._usual = re.compile(NOTHING)

    def sizes(self, data: memoryview, places: Integers, sizes: Integers) -> list[int]:
        """Of each slice NAL unit, the bytes up to its first whole byte of slice data, escapes included.

        Raises `CencError` when a header is cut short or names a parameter set that is not there.
        """
        units = np.frombuffer(data, np.uint8)
        windows = units.take(places[:, None] + np.arange(USUAL_BYTES), mode="clip")
        plain = np.where(has_escapes(windows), 0, np.minimum(sizes, USUAL_BYTES))
        bits, begins = characters(windows), 8 * USUAL_BYTES * np.arange(len(windows))
        spans = zip(begins.tolist(), (begins + 8 * plain).tolist(), strict=True)
        ends = np.array([self._end(bits, begin, end) for begin, end in spans], np.int64)
        found: list[int] = (-(-(ends - begins) // 8)).tolist()
        for row in np.flatnonzero(ends == begins).tolist():
            place, size = int(places[row]), min(int(sizes[row]), MAX_BYTES)
            found[row] = self._measure(bytes(data[place : place + size]))
        return found

    def _measure(self, nal: bytes) -> int:
        """Of a unit with escapes near its start, or with a header longer than usual."""
        bits = characters(np.frombuffer(unescape(nal), np.uint8))
        end = self._end(bits, 0, len(bits))
        if not end:
            raise CencError("a header is cut short")
        return escaped_size(nal, -(-end // 8))

    def _end(self, bits: bytes, begin: int, end: int) -> int:
        """Where the header of a unit with such bits ends; where it begins, when its end is not among them."""
        usual = self._usual.match(bits, begin, end)
        return usual.end() if usual else self._unusual_end(bits, begin, end)

    def _unusual_end(self, bits: bytes, begin: int, end: int) -> int:
        """The same, of a header that starts as none before."""
        start = START.match(bits, begin, end)
        if start is None:
            return begin
        key = start.groups()
        grammar, pattern = self._middles.get(key) or self._middle(key)
        middle = pattern.match(bits, start.end(), end)
        if middle is None:
            return begin
        counts = middle[1] if grammar.weighted else b""
        tail = self._tails.get((*key, counts)) or self._tail(key, grammar, counts)
        found = tail.match(bits, middle.end(), end)
        return found.end() if found else begin

    def _middle(self, key: tuple[bytes, ...]) -> tuple[SliceGrammar, re.Pattern[bytes]]:
        header, kind, picture_number = (int(key[0], 2), number(key[1]), number(key[2]))
        picture = self._pictures.get(picture_number)
        if picture is None:
            raise CencError(f"a slice uses picture parameter set {picture_number}, which is not in avcC")
        grammar = SliceGrammar(picture, kind % 5, header & 31 == IDR, bool(header >> 5 & 3))
        found = self._middles[key] = grammar, re.compile(grammar.before_weights)
        return found

    def _tail(self, key: tuple[bytes, ...], grammar: SliceGrammar, counts: bytes) -> re.Pattern[bytes]:
        tail = (grammar.weights(counts) if counts else b"") + grammar.behind_weights
        found = self._tails[*key, counts] = re.compile(tail)
        if len(self._wholes) < MAX_WHOLES:
            header, kind, picture = key
            # One expression at most of these matches, as all start with other bits.
            self._wholes.append(header + UE + kind + picture + grammar.before_weights_of(counts) + tail)
            self._usual = re.compile(b"|".join(self._wholes))
        return found


def characters(data: NDArray[np.uint8]) -> bytes:
    """The bits of `data`, as characters."""
    return (np.unpackbits(data) + np.uint8(ord("0"))).tobytes()


def has_escapes(rows: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each row has an emulation prevention byte, 3 behind two zeros."""
    zeros = (rows[:, :-2] | rows[:, 1:-1]) == 0
    found: NDArray[np.bool_] = np.any(zeros & (rows[:, 2:] == 3), axis=1)
    return found
