"""Storage in S3 while the way there damages, delays and loses what is sent; `-s` prints what happened."""

import hashlib
import io
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pipeline.errors import OutageError, RefusedError, StorageError
from pipeline.storage.base import Entry
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from pipeline.storage.uploads import Part
from pipeline.upload import upload
from tests.support.s3 import SERVERS, server
from tests.support.s3_faults import FAULTS, Fault, FaultyProxy, Request, always, at_random, faulty_proxy

T = TypeVar("T")

PART = 5 << 20

ON_SWIFT = pytest.mark.parametrize("name", ["swift"], indirect=True)
"""What is up to us alone need not be seen on two servers."""

KEY = "masters/0123456789/film.mov"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As small as S3 takes them."""
    for module in (
        "upload",
        "storage.s3.storage",
        "storage.s3.transfer",
        "storage.s3.download",
        "storage.s3.large",
    ):
        monkeypatch.setattr(f"pipeline.{module}.PART", PART)


@pytest.fixture(params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def direct(name: str, tmp_path: Path) -> S3Storage:
    return server(name).storage(tmp_path)


@pytest.fixture
def proxy(name: str) -> Iterator[FaultyProxy]:
    with faulty_proxy(server(name).url) as proxy:
        yield proxy


@pytest.fixture
def storage(name: str, proxy: FaultyProxy, tmp_path: Path) -> S3Storage:
    """The same as `direct`, through the proxy."""
    return server(name).behind(proxy.url, tmp_path).storage(tmp_path)


@pytest.fixture
def impatient(name: str, proxy: FaultyProxy, tmp_path: Path) -> S3Storage:
    """The same, for stalls."""
    return server(name).behind(proxy.url, tmp_path).storage(tmp_path, S3Settings(timeout=1))


def body(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def once(fault: Fault, matching: Callable[[Request], bool]) -> Callable[[Request], Fault | None]:
    left = [fault]
    return lambda request: left.pop() if left and matching(request) else None


def is_part(number: int) -> Callable[[Request], bool]:
    return lambda request: request.method == "PUT" and f"partNumber={number}&" in f"{request.path}&"


class Stubborn:
    """Calls again what fails, as workers and people do."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def __call__(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except StorageError as error:
                self.failures.append(type(error).__name__)


def read(storage: S3Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


@ON_SWIFT
def test_nothing_is_lost_or_changed(impatient: S3Storage, direct: S3Storage, proxy: FaultyProxy) -> None:
    """Eight clients store, read, list and delete; three of ten requests fail, in one of ten ways."""
    proxy.choose = at_random(0.3, seed=5)
    stubborn = Stubborn()

    def client(number: int) -> None:
        folder = f"artifacts/{number}"
        for n in range(8):
            key, content = f"{folder}/{n}", body(number * 100 + n, 20_000)
            stubborn(lambda key=key, content=content: impatient.put(key, content))
            assert stubborn(lambda key=key: read(impatient, key)) == content
        stubborn(lambda: impatient.delete(f"{folder}/7"))
        keys = stubborn(lambda: [entry.key for entry in impatient.list(folder)])
        assert keys == [f"{folder}/{n}" for n in range(7)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client, range(8)))
    assert len(list(direct.list("artifacts"))) == 56
    for entry in direct.list("artifacts"):
        number, n = map(int, entry.key.split("/")[1:])
        assert read(direct, entry.key) == body(number * 100 + n, 20_000)
    assert set(FAULTS) <= set(proxy.counts)
    print(f"\n{proxy.counts.total()} requests {dict(proxy.counts)}; calls that failed: {stubborn.failures}")


@ON_SWIFT
def test_a_master_arrives_whole(
    impatient: S3Storage, direct: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    """Until then nobody sees it, and then all of it."""
    master, content = tmp_path / "film.mov", body(1, 2 * PART + 1000)
    master.write_bytes(content)
    key, whole = f"masters/{hashlib.sha256(content).hexdigest()}/film.mov", None
    done, seen = threading.Event(), set[Entry | None]()

    def watch() -> None:
        while not done.is_set():
            seen.add(direct.head(key))

    proxy.choose = at_random(0.25, seed=2)
    stubborn = Stubborn()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        stored = stubborn(lambda: upload(impatient, master, lambda _: None))
    finally:
        done.set()
        watcher.join()
    whole = Entry(key, len(content))
    assert (stored.key, stored.size) == (key, len(content))
    assert seen <= {None, whole}
    assert stubborn(lambda: read(impatient, key)) == content
    print(
        f"\n{proxy.counts.total()} requests {dict(proxy.counts)}; uploads begun: {len(stubborn.failures) + 1}"
    )


@ON_SWIFT
def test_an_upload_goes_on_where_a_fault_ended_it(
    storage: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    master = tmp_path / "film.mov"
    master.write_bytes(body(1, 2 * PART + 1000))
    proxy.choose = lambda request: "skew" if is_part(2)(request) else None
    with pytest.raises(RefusedError, match="this machine's clock is wrong"):
        upload(storage, master, lambda _: None)
    begun, proxy.choose = len(proxy.requests), lambda _: None
    stored = upload(storage, master, lambda _: None)
    again = proxy.requests[begun:]
    assert read(storage, stored.key) == master.read_bytes()
    # Whether the third was on its way by then is a matter of luck.
    assert not [request for request in again if is_part(1)(request)]
    assert len([request for request in again if is_part(2)(request)]) == 1
    assert not [request for request in again if request.path.endswith("?uploads")]


@ON_SWIFT
def test_what_is_damaged_on_its_way_here_is_never_handed_out(
    storage: S3Storage, direct: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(body(3, PART + 1000))
    direct.put("small", b"frames")
    direct.put_file("large", large)
    proxy.choose = always("damaged-down")
    for key in ("small", "large"):
        with pytest.raises(StorageError, match=f"cannot read {key}: it is not what was stored"):
            storage.open(key)
    proxy.choose = once("damaged-down", lambda request: request.method == "GET")
    assert read(storage, "small") == b"frames"


def test_what_is_damaged_on_its_way_there_is_not_stored(
    storage: S3Storage, direct: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    content = body(4, 1000)
    part = Part(1, len(content), hashlib.sha256(content).hexdigest())
    proxy.choose = always("damaged-up")
    with pytest.raises(StorageError, match="cannot store a: it arrived damaged"):
        storage.put("a", content)
    with closing(direct.uploads.begin(KEY, 5 << 20)) as upload:
        through = storage.uploads.resume(KEY, 5 << 20)
        assert through is not None
        with pytest.raises(StorageError, match=f"cannot store part 1 of {KEY}: it arrived damaged"):
            through.put(part, io.BytesIO(content))
        assert upload.missing([part]) == [part]
    assert direct.head("a") is None


@ON_SWIFT
def test_a_large_file_leaves_nothing_where_a_part_cannot_be_stored(
    storage: S3Storage, direct: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(body(3, PART + 1000))
    proxy.choose = lambda request: "500" if is_part(2)(request) else None
    with pytest.raises(OutageError, match="cannot store part 2 of artifacts/a: S3 is out or busy"):
        storage.put_file("artifacts/a", large)
    assert direct.head("artifacts/a") is None
    assert list(direct.uploads.unfinished("artifacts")) == []
    assert large.exists()


def test_an_upload_whose_completion_was_not_heard_of_is_complete(
    storage: S3Storage, direct: S3Storage, proxy: FaultyProxy
) -> None:
    content = body(5, 1000)
    part = Part(1, len(content), hashlib.sha256(content).hexdigest())
    with closing(storage.uploads.begin(KEY, 5 << 20)) as upload:
        upload.put(part, io.BytesIO(content))
        proxy.choose = once("lost-answer", lambda request: request.method == "POST")
        upload.complete([part])
    assert proxy.counts["lost-answer"] == 1
    assert read(direct, KEY) == content


@ON_SWIFT
def test_a_stalled_server_is_given_up_and_asked_again(impatient: S3Storage, proxy: FaultyProxy) -> None:
    proxy.choose = once("stall", lambda request: request.method == "PUT")
    impatient.put("a", b"frames")
    proxy.choose = once("stall", lambda request: request.method == "GET")
    assert read(impatient, "a") == b"frames"
    assert proxy.counts["stall"] == 2


def test_a_large_object_that_is_replaced_while_it_is_read_is_not_mixed(
    storage: S3Storage, direct: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    versions = [body(seed, PART + size) for seed, size in ((6, 1000), (7, 2000))]
    files = [tmp_path / "old", tmp_path / "new"]
    for file, version in zip(files, versions, strict=True):
        file.write_bytes(version)
    direct.put_file("a", files[0])
    left = files[1:]

    def replacing(_: Request) -> None:
        """Before the first range is answered."""
        if proxy.requests and left:
            direct.put_file("a", left.pop())

    proxy.choose = replacing
    assert read(storage, "a") == versions[1]


@ON_SWIFT
def test_an_endpoint_without_ranges_gives_objects_whole_and_masters_not_at_all(
    storage: S3Storage,
) -> None:
    """As some do: what the range was asked of is not said to the server here."""

    def forget_range(request: Any, **_: object) -> None:
        del request.headers["Range"]

    content = body(8, PART + 1000)
    storage.put("a", content)
    storage.place.client.meta.events.register("before-sign.s3.GetObject", forget_range)
    assert read(storage, "a") == content
    with storage.ranged("a") as file, pytest.raises(StorageError, match="the endpoint serves no byte ranges"):
        file.read(8)
