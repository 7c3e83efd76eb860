"""Sealing, and the file of the master key."""

import base64
import secrets
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.errors import KeysError, UsageError
from pipeline.keys.master import MasterKey, MasterKeys
from pipeline.keys.private import replace_private
from pipeline.keys.secret import Secret

MASTER = MasterKey(bytes(range(32)))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_what_is_sealed_opens_to_the_same(secret: bytes, context: bytes) -> None:
    sealed = MASTER.seal(Secret(secret), context)
    assert MASTER.open(sealed, context) == Secret(secret)
    assert MASTER.seal(Secret(secret), context) != sealed


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=40), st.binary(max_size=40), st.data())
def test_nothing_else_opens(secret: bytes, context: bytes, other: bytes, data: st.DataObject) -> None:
    assume(context != other)
    sealed = MASTER.seal(Secret(secret), context)
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    for body, where, master in [
        (changed, context, MASTER),
        (sealed, other, MASTER),
        (sealed[:-1], context, MASTER),
        (sealed[:place], context, MASTER),
        (sealed, context, MasterKey(bytes(32))),
    ]:
        with pytest.raises(KeysError, match="a sealed key does not open"):
            master.open(body, where)


def test_the_file_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    masters = MasterKeys(tmp_path, {})
    assert masters.read() == ()
    (made,) = masters.create()
    assert [key.id for key in masters.create()] == [made.id]
    assert masters.file.stat().st_mode & 0o777 == 0o600
    assert masters.file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in masters.file.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_refused(mode: int, tmp_path: Path) -> None:
    masters = MasterKeys(tmp_path, {})
    masters.create()
    masters.file.chmod(mode)
    with pytest.raises(UsageError, match=r"the master key .*master.key can be read by others: `chmod 600"):
        masters.read()


@pytest.mark.parametrize("text", ["", "\n", "no base64", base64.b64encode(bytes(31)).decode(), "ÿ"])
def test_a_damaged_file_is_refused_and_not_quoted(text: str, tmp_path: Path) -> None:
    masters = MasterKeys(tmp_path, {})
    masters.create()
    replace_private(masters.file, text.encode())
    with pytest.raises(UsageError, match=r"damaged|empty") as caught:
        masters.read()
    assert not text.strip() or text.strip() not in str(caught.value)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys/master.key").mkdir(parents=True)
    with pytest.raises(UsageError, match="is not a file"):
        MasterKeys(tmp_path, {}).read()


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    texts = [base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2)]
    MasterKeys(tmp_path, {}).create()
    masters = MasterKeys(tmp_path, {"TELECINE_MASTER_KEY": " ".join(texts)})
    assert [key.id for key in masters.read()] == [MasterKey(base64.b64decode(text)).id for text in texts]
    assert masters.place == "TELECINE_MASTER_KEY"
    with pytest.raises(UsageError, match="TELECINE_MASTER_KEY is damaged or no master key"):
        MasterKeys(tmp_path, {"TELECINE_MASTER_KEY": "secret"}).read()
