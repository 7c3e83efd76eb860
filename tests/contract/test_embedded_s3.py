"""The embedded S3: what it adds to OpenStack Swift, and how it starts, stops and keeps its secrets."""

import http.client
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import RawConfigParser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
from botocore.exceptions import ClientError

from pipeline.errors import TelecineError, UsageError
from pipeline.ffmpeg.child import bound_to_us
from pipeline.site.swift.environment import installed
from pipeline.site.swift.server import Swift
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.settings import S3Settings
from tests.support.broker import free_port
from tests.support.s3 import TOOLS
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
MIB = 1 << 20


@dataclass
class Running:
    """One server after another on the same data."""

    folder: Path

    def start(self) -> None:
        self.server = Swift.of(self.folder, free_port(), pytest.fail)
        self.server.prepare()
        self.process = subprocess.Popen(bound_to_us(list(self.server.argv)))
        wait_until(self.answers, 30)

    def answers(self) -> bool:
        assert self.process.poll() is None
        with suppress(OSError), urllib.request.urlopen(self.server.health_url, timeout=5):
            return True
        return False

    def accepts(self) -> bool:
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.server.port), timeout=5):
            return True
        return False

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    @property
    def client(self) -> "S3Client":
        return Connection(S3Settings(), self.server.credentials.file).client


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not (TOOLS / "swift").exists():
        pytest.skip("no swift: run tests/install-tools")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TELECINE_SWIFT_VENV", str(TOOLS / "swift"))
        running = Running(tmp_path_factory.mktemp("site") / "s3 of 100 % ours")
        running.start()
        running.client.create_bucket(Bucket="films")
        yield running
        running.stop()


def test_of_many_who_want_to_be_first_one_is(swift: Running) -> None:
    client = swift.client

    def put(key: str) -> int:
        try:
            client.put_object(Bucket="films", Key=key, Body=b"mine", IfNoneMatch="*")
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            assert sorted(pool.map(put, [f"lock-{number}"] * 8)) == [200] + [412] * 7


def test_its_stores_answer_nobody_else(swift: Running) -> None:
    listening = psutil.Process(swift.process.pid).net_connections("tcp4")
    ports = {place.laddr.port for place in listening if place.status == psutil.CONN_LISTEN}
    assert swift.server.port in ports
    assert len(ports) == 4
    for port in ports - {swift.server.port}:
        for headers in ({}, {"X-Telecine-Member": ""}, {"X-Telecine-Member": "\xe9"}):
            store = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            store.request("GET", "/disk/1/AUTH_telecine", headers=headers)
            assert store.getresponse().status == 403
            store.close()


def test_an_upload_may_have_ten_thousand_parts(swift: Running) -> None:
    film = {"Bucket": "films", "Key": "long.mp4"}
    upload = swift.client.create_multipart_upload(**film)["UploadId"]
    last = swift.client.upload_part(**film, UploadId=upload, PartNumber=10_000, Body=b"end")
    with pytest.raises(ClientError, match="InvalidArgument"):
        swift.client.upload_part(**film, UploadId=upload, PartNumber=10_001, Body=b"more")
    parts = [{"ETag": last["ETag"], "PartNumber": 10_000}]
    swift.client.complete_multipart_upload(**film, UploadId=upload, MultipartUpload={"Parts": parts})
    assert swift.client.get_object(**film)["Body"].read() == b"end"


def test_it_stops_when_all_it_was_asked_is_answered_and_starts_with_all_it_has(swift: Running) -> None:
    film = {"Bucket": "films", "Key": "film.mp4"}
    url = urlsplit(swift.client.generate_presigned_url("put_object", Params=film))
    slow = http.client.HTTPConnection(str(url.hostname), url.port, timeout=30)
    slow.putrequest("PUT", f"{url.path}?{url.query}")
    slow.putheader("Content-Length", str(2 * MIB))
    slow.putheader("Expect", "100-continue")
    slow.endheaders()
    # From here on it is a request that runs, and not one that waits to be accepted.
    assert slow.sock.recv(len(GO_ON), socket.MSG_WAITALL) == GO_ON
    slow.send(b"1" * MIB)
    swift.process.terminate()
    wait_until(lambda: not swift.accepts(), 10)
    slow.send(b"2" * MIB)
    assert slow.getresponse().status == 200
    slow.close()
    assert swift.process.wait(30) == 0
    before, swift.server = swift.server, None  # type: ignore[assignment]
    swift.start()
    assert swift.server.port != before.port
    assert swift.server.credentials == before.credentials
    assert swift.client.get_object(**film)["Body"].read() == b"1" * MIB + b"2" * MIB


def test_only_its_owner_learns_its_secret(swift: Running) -> None:
    secret = swift.server.credentials.secret
    assert len(secret) >= 40
    assert secret not in " ".join(psutil.Process(swift.process.pid).cmdline()) + repr(swift.server)
    holders = [
        path for path in swift.folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert {path.name for path in holders} == {"aws", "proxy-server.conf"}
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}
    assert swift.folder.stat().st_mode & 0o777 == 0o700


def test_other_programs_read_how_to_get_at_it(swift: Running) -> None:
    file = RawConfigParser()
    file.read(swift.server.credentials.file)
    assert dict(file["default"]) == {
        "aws_access_key_id": "telecine:site",
        "aws_secret_access_key": swift.server.credentials.secret,
        "region": "us-east-1",
        "endpoint_url": f"http://127.0.0.1:{swift.server.port}",
    }


def test_a_disk_that_cannot_hold_its_data_is_refused(tmp_path: Path) -> None:
    mount = ["mount", "-t", "ramfs", "ramfs", tmp_path]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk without extended attributes")
    try:
        with pytest.raises(
            UsageError, match=r"needs extended attributes, which this disk does not have; choose"
        ):
            Swift.of(tmp_path / "s3", 1, pytest.fail)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_without_a_package_index_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    told: list[str] = []
    with pytest.raises(TelecineError) as refused:
        installed(tmp_path / "venv", told.append)
    assert told == [f"installing OpenStack Swift 2.38.3 in {tmp_path}/venv, once"]
    assert str(refused.value) == (
        "cannot install the embedded S3, which pip gets from the Python package index: connect to it, or "
        "name an environment with OpenStack Swift in TELECINE_SWIFT_VENV (ERROR: Could not find a version "
        "that satisfies the requirement certifi==2026.10.18 (from versions: none))"
    )
