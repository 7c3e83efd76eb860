"""Clients of S3: where they get what from, and that processes and threads do not share what they must not."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import RefusedError
from pipeline.storage.location import Bucket
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import server

PROFILE = """\
[default]
aws_access_key_id = named
aws_secret_access_key = hush
region = eu-north-1
endpoint_url = http://127.0.0.1:1
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "aws"
    path.write_text(PROFILE)
    return path


@pytest.fixture(autouse=True)
def own_chain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def found(connection: Connection) -> tuple[str, str, str]:
    client = connection.client
    credentials = client._request_signer._credentials  # type: ignore[attr-defined]
    return client.meta.endpoint_url, client.meta.region_name, credentials.access_key


def test_a_named_file_counts_and_not_the_environment(monkeypatch: pytest.MonkeyPatch, profile: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "other")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:3")
    monkeypatch.setenv("AWS_PROFILE", "films")
    here = found(Connection(S3Settings(), profile))
    assert here == ("http://127.0.0.1:1", "eu-north-1", "named")


def test_without_one_the_standard_chain_counts(monkeypatch: pytest.MonkeyPatch, profile: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:3")
    assert found(Connection(S3Settings())) == ("http://127.0.0.1:3", "eu-north-1", "named")


def test_without_credentials_it_is_told_what_to_set(tmp_path: Path) -> None:
    storage = S3Storage(Place(Connection(S3Settings()), Bucket("films")), tmp_path)
    with pytest.raises(RefusedError, match="cannot read a: no credentials; set AWS_ACCESS_KEY_ID"):
        storage.open("a")


def test_an_unknown_profile_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_PROFILE", "films")
    storage = S3Storage(Place(Connection(S3Settings()), Bucket("films")), tmp_path)
    with pytest.raises(RefusedError, match=r"cannot read a: The config profile \(films\) could not be found"):
        storage.open("a")
    for store in (lambda: storage.put("a", b""), lambda: storage.uploads.begin("a", 5 << 20)):
        with pytest.raises(RefusedError, match="could not be found"):
            store()


def test_nothing_is_asked_before_it_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers open their storage before anything answers, and a client of before a fork is none for after."""
    monkeypatch.setenv("AWS_PROFILE", "films")
    assert isinstance(S3Storage.of(Bucket("films"), tmp_path), S3Storage)


def test_a_secret_is_in_no_repr(profile: Path) -> None:
    connection = Connection(S3Settings(), profile)
    assert connection.client
    assert "hush" not in repr(Place(connection, Bucket("films", profile_file=profile)))


@pytest.mark.parametrize(("said", "sends"), [("when_supported", True), ("when_required", False)])
def test_checksums_are_a_setting_of_aws(
    monkeypatch: pytest.MonkeyPatch, profile: Path, said: str, sends: bool
) -> None:
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", said)
    place = Place(Connection(S3Settings(), profile), Bucket("films"))
    assert place.checksum("00" * 32) == ({"ChecksumSHA256": "A" * 43 + "="} if sends else {})


def test_threads_share_a_client(profile: Path) -> None:
    connection = Connection(S3Settings(), profile)
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: connection.client, range(8)))
    assert len(set(clients)) == 1


def test_a_fork_has_its_own_client(tmp_path: Path) -> None:
    storage = server("swift").storage(tmp_path)
    storage.put("a", b"frames")
    before = storage.place.client
    child = os.fork()
    if not child:
        with storage.open("a") as file:
            right = file.read() == b"frames" and storage.place.client is not before
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert storage.place.client is before


def test_a_key_and_its_prefix_together_are_not_longer_than_s3_takes(profile: Path) -> None:
    place = Place(Connection(S3Settings(), profile), Bucket("films", "site/"))
    assert len(place.at("x" * 1019)["Key"]) == 1024
    with pytest.raises(Exception, match="is not a storage key: too long below s3://films/site"):
        place.at("x" * 1020)
