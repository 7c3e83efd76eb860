"""Keys that are made here or read from a file: the same for the same owner, and found by id."""

import json
import traceback
from pathlib import Path

import pytest

from pipeline.errors import KeysError, TelecineError, UsageError
from pipeline.keys.classes import video_class
from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.given import GivenKeys
from pipeline.keys.opening import KeyStore
from pipeline.keys.raw import read_keys
from pipeline.keys.record import ContentKeyRecord
from pipeline.keys.secret import Secret

GIVEN = {
    "audio": {"kid": "01" * 16, "key": "00112233445566778899001122334455"},
    "hd": {"kid": "02020202-0202-0202-0202-020202020202", "key": "AB" * 16},
}


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def give(store: KeyStore, path: Path, owner: str, title: str = "film") -> GivenKeys:
    """Put the keys of a file into the vault for a job, as whoever asks for the job does."""
    given = read_keys(path).items()
    store.vault.put(owner, [ContentKeyRecord(kid, title, name, key) for name, (kid, key) in given])
    return GivenKeys(store.vault)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return written(tmp_path / "keys.json", json.dumps(GIVEN))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (720, 576, "sd"),
        (1024, 577, "hd"),
        (1920, 1080, "hd"),
        (1080, 1920, "hd"),
        (1920, 1088, "uhd"),
        (3840, 2160, "uhd"),
    ],
)
def test_classes_by_lines(width: int, height: int, expected: str) -> None:
    assert video_class(width, height) == expected


def test_the_same_owner_gets_the_same_keys(store: KeyStore) -> None:
    provider = EmbeddedKeys(store.vault)
    first = provider.keys("job-1", "film", ["audio", "hd"])
    again = provider.keys("job-1", "film", ["hd", "audio", "uhd"])
    assert {name: again[name] for name in first} == first
    assert len({record.kid for record in again.values()}) == 3
    assert len({record.key.reveal() for record in again.values()}) == 3
    assert provider.find(first["hd"].kid) == first["hd"].key


def test_another_owner_gets_others(store: KeyStore) -> None:
    provider = EmbeddedKeys(store.vault)
    first, second = (provider.keys(owner, "film", ["hd"])["hd"] for owner in ("job-1", "job-2"))
    assert first.kid != second.kid
    assert first.key != second.key
    assert [record.kid for record in store.vault.of_title("film")] == [first.kid, second.kid]


def test_an_owner_has_one_title(store: KeyStore) -> None:
    provider = EmbeddedKeys(store.vault)
    provider.keys("job-1", "film", ["hd"])
    with pytest.raises(KeysError, match="job-1 has keys of another title than sequel"):
        provider.keys("job-1", "sequel", ["hd"])


def test_an_unknown_id(store: KeyStore) -> None:
    with pytest.raises(KeysError, match="there is no key with the id 0a0a0a"):
        store.vault.find(b"\x0a" * 16)


def test_keys_of_a_file_serve_several_titles(store: KeyStore, raw: Path) -> None:
    for title in ("film", "sequel"):
        provider = give(store, raw, f"job-{title}", title)
    film, sequel = (provider.keys(f"job-{title}", title, ["audio", "hd"]) for title in ("film", "sequel"))
    assert film["audio"].kid == sequel["audio"].kid == b"\x01" * 16
    assert film["hd"].key == Secret(b"\xab" * 16)
    assert provider.find(b"\x01" * 16) == Secret(bytes.fromhex(GIVEN["audio"]["key"]))


def test_yaml_that_looks_like_numbers(store: KeyStore, tmp_path: Path) -> None:
    text = "hd:\n  kid: 00000000000000000000000000000012\n  key: 12345678901234567890123456789012\n"
    given = give(store, written(tmp_path / "keys.yaml", text), "job-1").keys("job-1", "film", ["hd"])["hd"]
    assert (given.kid[-1], given.key) == (0x12, Secret(bytes.fromhex("12345678901234567890123456789012")))


def test_a_class_that_the_file_lacks(store: KeyStore, raw: Path) -> None:
    with pytest.raises(KeysError, match="film: no key of the class uhd was given"):
        give(store, raw, "job-1").keys("job-1", "film", ["audio", "uhd"])


def test_two_keys_of_one_id_are_refused(store: KeyStore, raw: Path, tmp_path: Path) -> None:
    give(store, raw, "job-1")
    other = written(tmp_path / "other.json", json.dumps({"hd": {**GIVEN["hd"], "key": "cd" * 16}}))
    with pytest.raises(
        KeysError, match=r"the id 0202020202020202.* is that of another key of the title film"
    ):
        give(store, other, "job-2", "sequel")
    twice = json.dumps(
        {"hd": {"kid": "09" * 16, "key": "cd" * 16}, "sd": {"kid": "09" * 16, "key": "ce" * 16}}
    )
    with pytest.raises(KeysError, match=r"the id 0909.* was given for two keys"):
        give(store, written(tmp_path / "twice.json", twice), "job-3", "sequel")


SECRET = "5ec7e75ec7e75ec7e75ec7e75ec7e75e"

BAD = {
    "hd: {kid: [}": "line 1 is neither YAML nor JSON",
    f"hd: {{key: {SECRET}": "is neither YAML nor JSON",
    f"- {SECRET}": "give an object for each class",
    f"hd: {SECRET}": "give an object for each class",
    f"{SECRET}: {{kid: 1, key: 2}}": "there is no class of that name; there are audio, sd, hd, uhd",
    f"hd: {{kid: {'01' * 16}, key: {SECRET}00}}": "hd must have `kid` and `key`, 32 hex digits each",
    f"hd: {{kid: {'01' * 16}, key: {SECRET[:-1]}x}}": "hd must have `kid` and `key`",
    f"hd: {{kid: {'01' * 16}, key: {SECRET}, iv: {'00' * 16}}}": "hd must have `kid` and `key`",
    f"hd: !!python/object:os.system {SECRET}": "give an object for each class",
}


@pytest.mark.parametrize("text", BAD)
def test_a_file_that_cannot_be_used_is_not_quoted(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=BAD[text]) as caught:
        read_keys(written(tmp_path / "keys.yaml", text))
    error: BaseException | None = caught.value
    assert error is not None
    assert SECRET[:-1] not in "".join(traceback.format_exception(error))
    assert error.__context__ is None


def test_files_that_are_not_private_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can be read by others"):
        read_keys(written(tmp_path / "keys.yaml", "", 0o644))
    with pytest.raises(TelecineError, match="no such file"):
        read_keys(tmp_path / "none.yaml")
