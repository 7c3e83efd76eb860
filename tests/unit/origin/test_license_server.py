"""Licences of `telecine serve`, over real connections: what it logs, and where."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_origin_server import wait_until_healthy

from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.opening import KeyStore, open_keys
from tests.support.broker import free_port
from tests.support.catalogs import empty_catalog
from tests.support.site import TELECINE
from tests.unit.keys.spelling import spellings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    catalog = empty_catalog(tmp_path)
    yield open_keys(catalog, tmp_path)
    catalog.close()


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_neither_its_output_nor_its_audit_log_has_a_token_or_a_key(tmp_path: Path, store: KeyStore) -> None:
    keys = EmbeddedKeys(store.vault).keys("job-1", "film", ["sd", "hd"])
    token, port = store.tokens.mint("film", ["sd"]), free_port()
    command = [*TELECINE, "serve", "-o", str(tmp_path), "--port", str(port)]
    child = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(port, child)
        assert not (tmp_path / "logs").exists()
        below = f"http://127.0.0.1:{port}/keys/"
        asked = [f"{keys[one].kid.hex()}?token={token}" for one in ("sd", "hd")]
        assert [status_of(below + one) for one in (*asked, f"x?token={token}x")] == [200, 403, 401]
    finally:
        child.terminate()
        told, _ = child.communicate(timeout=20)
    audit = tmp_path / "logs" / "audit.log"
    assert audit.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(line["decision"], line.get("reason")) for line in lines] == [
        ("granted", None),
        ("refused", "class_not_allowed"),
        ("refused", "bad_token"),
    ]
    hidden = [*spellings(keys["sd"].key.reveal()), *spellings(keys["hd"].key.reveal()), token[-40:].encode()]
    assert not [one for one in hidden if one in told + audit.read_bytes()]
