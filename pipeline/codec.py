"""Typed values to JSON and back: one encoding for plans, step parameters, results and reports."""

from fractions import Fraction
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_json(value: object) -> bytes:
    """Canonical: keys sorted, fractions as `n/d` strings, so that equal values have equal bytes."""
    return msgspec.json.encode(value, enc_hook=_encode, order="sorted")


def from_json(data: bytes | str, kind: type[T]) -> T:
    """Raises msgspec.ValidationError, naming the place, when the data is not a `kind`."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode)


def _encode(value: object) -> object:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _decode(kind: type, value: Any) -> object:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(f"{kind.__name__} has no JSON form")
