"""Secrets do not show, whatever is done with what holds them."""

import copy
import pickle
import traceback
from collections.abc import Callable

import pytest

from pipeline.keys.record import ContentKeyRecord
from pipeline.keys.secret import Secret
from tests.unit.keys.spelling import spellings

KEY = bytes(range(0x41, 0x51))
RECORD = ContentKeyRecord(bytes(16), "film", "hd", Secret(KEY))

SHOWN: list[Callable[[object], str]] = [repr, str, "{}".format, "{!r}".format, lambda value: f"{[value]}"]


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("value", [RECORD, RECORD.key])
def test_it_is_not_in_text(show: Callable[[object], str], value: object) -> None:
    assert not [spelling for spelling in spellings(KEY) if spelling in show(value).encode()]


@pytest.mark.parametrize("value", [RECORD, RECORD.key])
@pytest.mark.parametrize("use", [pickle.dumps, copy.deepcopy])
def test_it_is_neither_pickled_nor_copied(use: Callable[[object], object], value: object) -> None:
    with pytest.raises(TypeError, match="a secret is not pickled or copied"):
        use(value)


def test_it_is_not_hashed() -> None:
    with pytest.raises(TypeError, match="not hashed"):
        hash(Secret(KEY))


def test_it_is_equal_to_its_like_alone() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY[::-1])
    assert Secret(KEY) != KEY


def test_an_error_that_knows_its_variables_does_not_tell_it() -> None:
    def fail(key: Secret) -> None:
        raise ValueError(key)

    try:
        fail(RECORD.key)
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "key = Secret(...)" in told
    assert not [spelling for spelling in spellings(KEY) if spelling.decode("latin-1") in told]
