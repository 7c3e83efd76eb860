"""`telecine keys` and `telecine token`: what they do, and that keys show only where they are asked to."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from pipeline.catalog.catalog import Catalog
from pipeline.cli import main
from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.keys.record import ContentKeyRecord
from tests.unit.keys.spelling import spellings

CLASSES = ("audio", "sd", "hd", "uhd")


@pytest.fixture
def keys(
    catalog: Catalog, store: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[ContentKeyRecord]:
    """Those of the published title `film`."""
    monkeypatch.setenv("TELECINE_ROOT", str(tmp_path))
    monkeypatch.delenv("TELECINE_CATALOG", raising=False)
    with catalog._database.connection(writes=True) as connection:
        connection.execute(text("insert into titles values ('film', 'v1')"))
        connection.execute(text("insert into versions values ('film', 'v1', 'job-1', '{}', 1.0)"))
    return list(EmbeddedKeys(store.vault).keys("job-1", "film", CLASSES).values())


def run(*words: str, answer: str = "", code: int = 0) -> Result:
    result = CliRunner().invoke(main, words, input=answer)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def shown(keys: list[ContentKeyRecord], body: bytes) -> int:
    """How many of the keys are in there, however they are written."""
    return sum(any(one in body for one in spellings(record.key.reveal())) for record in keys)


def test_ids_are_listed_and_keys_are_not(keys: list[ContentKeyRecord]) -> None:
    table = run("keys", "list", "film")
    rows = [line.split() for line in table.stdout.splitlines()]
    assert rows == [["KID", "CLASS", "JOB"], *([key.kid.hex(), key.key_class, "job-1"] for key in keys)]
    as_json = run("keys", "list", "film", "--json")
    assert sorted(json.loads(line)["class"] for line in as_json.stdout.splitlines()) == sorted(CLASSES)
    assert shown(keys, table.stdout_bytes + as_json.stdout_bytes) == 0


def test_keys_are_exported_after_asking(keys: list[ContentKeyRecord], tmp_path: Path) -> None:
    asked = run("keys", "export", "film", "--cpix", answer="n\n", code=1)
    assert "Write the keys of film in the clear to the standard output?" in asked.stderr
    assert shown(keys, asked.output_bytes) == 0
    assert shown(keys, run("keys", "export", "film", "--cpix", answer="y\n").stdout_bytes) == 4
    assert shown(keys, run("keys", "export", "film", "--cpix", "--yes").stdout_bytes) == 4
    file = tmp_path / "film.xml"
    silent = run("keys", "export", "film", "--cpix", "--yes", "--to", str(file))
    assert shown(keys, silent.output_bytes) == 0
    assert shown(keys, file.read_bytes()) == 4
    assert file.stat().st_mode & 0o777 == 0o600
    assert "no keys" in run("keys", "export", "other", "--cpix", "--yes", code=2).stderr


def test_tokens_are_made(keys: list[ContentKeyRecord], store: KeyStore) -> None:
    claims = store.tokens.read(run("token", "film").stdout.strip())
    assert (claims.title, claims.classes) == ("film", set(CLASSES))
    some = store.tokens.read(run("token", "film", "--classes", "audio, sd", "--ttl", "2h").stdout.strip())
    assert some.classes == {"audio", "sd"}
    assert some.expires - claims.expires in (3600, 3601, 3602)
    assert "no such title" in run("token", "other", code=2).stderr


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--ttl", "25h", "is not between 1s and 24h"),
        ("--ttl", "0s", "is not between 1s and 24h"),
        ("--ttl", "1w", "write a time as 90s, 30m, 2h or 1d"),
        ("--ttl", "h", "write a time as 90s, 30m, 2h or 1d"),
        ("--classes", "8k", "no class '8k'; there are audio, sd, hd, uhd"),
    ],
)
def test_tokens_that_are_not_made(option: str, value: str, words: str) -> None:
    assert words in run("token", "film", option, value, code=2).stderr


def test_rotation(keys: list[ContentKeyRecord], catalog: Catalog, tmp_path: Path) -> None:
    token = run("token", "film").stdout.strip()
    assert "5 keys sealed under the new master key" in run("keys", "rotate-master").stderr
    assert open_keys(catalog, tmp_path).vault.of_title("film") == sorted(keys, key=lambda key: key.kid)
    run("keys", "rotate-tokens")
    assert open_keys(catalog, tmp_path).tokens.read(token).title == "film"
    run("keys", "rotate-tokens", "--at-once")
    assert open_keys(catalog, tmp_path).tokens.read(run("token", "film").stdout.strip()).title == "film"
    with pytest.raises(Exception, match="bad_token"):
        open_keys(catalog, tmp_path).tokens.read(token)


def test_api_keys(keys: list[ContentKeyRecord], store: KeyStore) -> None:
    key = run("keys", "api-key", "add", "shop").stdout.strip()
    assert store.api_keys.holder(key) == "shop"
    listed = run("keys", "api-key", "list").stdout
    assert re.search(r"^shop +\d{4}-", listed, re.MULTILINE)
    assert key not in listed
    run("keys", "api-key", "revoke", "shop")
    assert store.api_keys.holder(key) is None
    assert "no such API key" in run("keys", "api-key", "revoke", "shop", code=2).stderr


def test_nothing_is_in_the_catalog_in_the_clear(
    keys: list[ContentKeyRecord], catalog: Catalog, store: KeyStore, tmp_path: Path
) -> None:
    api_key, token = store.api_keys.add("shop"), store.tokens.mint("film")
    run("keys", "rotate-master")
    master = bytes(open_keys(catalog, tmp_path).keyring._current().value.reveal())
    with catalog._database.connection(writes=False) as connection:
        dump = "\n".join(connection.connection.iterdump()).encode()  # type: ignore[attr-defined]
    files = b"".join(path.read_bytes() for path in tmp_path.glob("catalog.db*"))
    signing = [store.signing.newest("EdDSA").to_sign.private_bytes_raw()]  # type: ignore[union-attr]
    for place in (dump, files):
        assert keys[0].kid.hex().encode() in place
        assert shown(keys, place) == 0
        secrets = [*spellings(master), *spellings(signing[0]), api_key.encode(), token.encode()]
        assert not [one for one in secrets if one in place]


def test_nothing_is_in_the_list_of_processes(keys: list[ContentKeyRecord], tmp_path: Path) -> None:
    """While a command has the keys and asks whether to show them."""
    command = [sys.executable, "-m", "pipeline", "keys", "export", "film", "--cpix"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], **pipes) as child:  # type: ignore[call-overload]
        asked = child.stderr.read(len("Write the keys"))
        process = Path(f"/proc/{child.pid}")
        seen = b"".join((process / name).read_bytes() for name in ("cmdline", "environ", "comm"))
        told, _ = child.communicate(b"n\n")
    assert asked == b"Write the keys"
    assert b"export" in seen
    assert os.fsencode(tmp_path) in seen
    assert shown(keys, seen + told) == 0


def test_the_keys_of_a_deleted_title_go_with_it(keys: list[ContentKeyRecord], store: KeyStore) -> None:
    EmbeddedKeys(store.vault).keys("job-2", "sequel", ["hd"])
    run("delete", "film", "--yes")
    assert store.vault.of_title("film") == []
    assert len(store.vault.of_title("sequel")) == 1
