"""The master key is changed whole, whenever the change is stopped and whoever seals meanwhile."""

import secrets
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.errors import KeysError, UsageError
from pipeline.keys import master as master_module
from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.master import MasterKey, MasterKeys
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.keys.record import ContentKeyRecord

CLASSES = ("audio", "sd", "hd")


class PowerCutError(BaseException):
    """Nothing handles it, as nothing handles that."""


def kept(store: KeyStore) -> dict[str, ContentKeyRecord]:
    return dict(EmbeddedKeys(store.vault).keys("job-1", "film", CLASSES))


def cut_at(moment: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Cut the power at that one of the moments before and after each file is written and each key sealed;
    how many there were."""
    moments = count()
    met = 0

    def pass_moment() -> None:
        nonlocal met
        met = next(moments)
        if met == moment:
            raise PowerCutError

    def cutting(function: Callable[..., object]) -> Callable[..., object]:
        def cut(*arguments: object) -> object:
            pass_moment()
            result = function(*arguments)
            pass_moment()
            return result

        return cut

    monkeypatch.setattr(master_module, "replace_private", cutting(master_module.replace_private))
    monkeypatch.setattr(MasterKey, "seal", cutting(MasterKey.seal))
    return lambda: met


@pytest.mark.parametrize("moment", range(12))
def test_stopped_at_any_moment_nothing_is_lost_and_it_goes_on(
    moment: int, shared: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(open_keys(shared, tmp_path))
    old = (tmp_path / "keys/master.key").read_bytes()
    token = open_keys(shared, tmp_path).tokens.mint("film")
    with monkeypatch.context() as patch:
        cut_at(moment, patch)
        with pytest.raises(PowerCutError):
            open_keys(shared, tmp_path).keyring.rotate()
    assert kept(open_keys(shared, tmp_path)) == before
    assert len(EmbeddedKeys(open_keys(shared, tmp_path).vault).keys("job-2", "film", ["uhd"])) == 1
    open_keys(shared, tmp_path).keyring.rotate()
    after = (tmp_path / "keys/master.key").read_bytes()
    assert len(after.split()) == 1
    assert after != old
    assert kept(open_keys(shared, tmp_path)) == before
    assert open_keys(shared, tmp_path).tokens.read(token).title == "film"


def test_there_are_no_more_moments_than_those(
    shared: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(open_keys(shared, tmp_path))
    open_keys(shared, tmp_path).tokens.mint("film")
    met = cut_at(-1, monkeypatch)
    assert open_keys(shared, tmp_path).keyring.rotate() == 4
    assert met() == 11


def test_a_process_that_knows_the_old_key_goes_on_with_the_new_one(shared: Catalog, tmp_path: Path) -> None:
    long_running = open_keys(shared, tmp_path)
    before = kept(long_running)
    open_keys(shared, tmp_path).keyring.rotate()
    assert kept(long_running) == before
    made = EmbeddedKeys(long_running.vault).keys("job-2", "film", ["hd"])
    assert dict(EmbeddedKeys(open_keys(shared, tmp_path).vault).keys("job-2", "film", ["hd"])) == dict(made)


def test_keys_made_during_changes_are_not_lost(shared: Catalog, tmp_path: Path) -> None:
    kept(open_keys(shared, tmp_path))
    done = threading.Event()

    def make() -> list[ContentKeyRecord]:
        store, made = open_keys(shared, tmp_path), []
        while not done.is_set() or not made:
            made.append(EmbeddedKeys(store.vault).keys(f"job-{len(made)}-{id(made)}", "film", ["hd"])["hd"])
        return made

    with ThreadPoolExecutor() as threads:
        making = threads.submit(make)
        rotations = [threads.submit(open_keys(shared, tmp_path).keyring.rotate) for _ in range(3)]
        for rotation in rotations:
            rotation.result()
        done.set()
        made = making.result()
    vault = open_keys(shared, tmp_path).vault
    assert all(vault.find(record.kid) == record.key for record in made)


def test_a_key_in_the_environment_is_changed_by_naming_both(
    shared: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (master_text() for _ in range(2))
    monkeypatch.setenv("TELECINE_MASTER_KEY", old)
    before = kept(open_keys(shared, tmp_path))
    with pytest.raises(UsageError, match="has one key: put the new one behind it"):
        open_keys(shared, tmp_path).keyring.rotate()
    monkeypatch.setenv("TELECINE_MASTER_KEY", f"{old} {new}")
    assert open_keys(shared, tmp_path).keyring.rotate() == 3
    monkeypatch.setenv("TELECINE_MASTER_KEY", new)
    assert kept(open_keys(shared, tmp_path)) == before
    assert not (tmp_path / "keys").exists()


def test_another_machine_is_told_to_bring_the_key(shared: Catalog, tmp_path: Path) -> None:
    kept(open_keys(shared, tmp_path / "here"))
    with pytest.raises(
        KeysError, match=r"the master key [0-9a-f]{16} is not in .*there/keys/master.key: bring"
    ):
        kept(open_keys(shared, tmp_path / "there"))
    assert MasterKeys(tmp_path / "there").read() == ()


def master_text() -> str:
    return b64encode(secrets.token_bytes(32)).decode()
