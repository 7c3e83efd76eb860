"""A catalog with keys, and a key service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import wait_none

from pipeline.catalog.catalog import Catalog
from pipeline.keys.cpix.delivery import Recipient
from pipeline.keys.cpix.provider import CpixKeys
from pipeline.keys.cpix.service import KeyService as Client
from pipeline.keys.opening import KeyStore, open_keys
from tests.support.catalogs import empty_catalog
from tests.unit.keys.authority import certified
from tests.unit.keys.key_service import KeyService, serving_keys


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MASTER_KEY", "TOKEN_ALGORITHM", "TOKEN_AUDIENCE", "CPIX_CERTIFICATE", "CPIX_AUTHORIZATION"):
        monkeypatch.delenv(f"TELECINE_{name}", raising=False)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = empty_catalog(tmp_path)
    yield catalog
    catalog.close()


@pytest.fixture
def store(catalog: Catalog, tmp_path: Path) -> KeyStore:
    return open_keys(catalog, tmp_path)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyService]:
    with serving_keys(tmp_path_factory.mktemp("authority")) as service:
        yield service


@pytest.fixture
def service(running: KeyService, monkeypatch: pytest.MonkeyPatch) -> KeyService:
    monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
    running.manners.clear()
    running.requests.clear()
    running.change = lambda _: None
    return running


@pytest.fixture(scope="session")
def recipient_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipient") / "recipient.pem"
    path.write_bytes(certified("telecine").pem)
    path.chmod(0o600)
    return path


@pytest.fixture(params=["clear", "encrypted"])
def client(request: pytest.FixtureRequest, service: KeyService, recipient_file: Path) -> Client:
    recipient = Recipient.read(recipient_file) if request.param == "encrypted" else None
    return Client(service.url, "Basic dXNlcjpwYXNz", recipient, wait_none())


@pytest.fixture
def provider(client: Client, store: KeyStore) -> CpixKeys:
    return CpixKeys(store.vault, client, "cbcs")
