"""A master in a bucket gives what the same file gives, whichever way it is read; a damaged one, nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pipeline.artifacts import find
from pipeline.catalog.catalog import Catalog
from pipeline.codec import from_json
from pipeline.errors import BadMasterError
from pipeline.events import Event, StepFinished, Warned
from pipeline.job import JobSpec
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.storage.base import Storage
from pipeline.storage.local import LocalStorage
from pipeline.upload import upload
from tests.support.s3 import SERVERS, server
from tests.support.s3_faults import Fault, FaultyProxy, Request, faulty_proxy
from tests.unit.runner.jobs import encode, site_in, spec_of

SIGNED = "X-Amz-Signature="


@pytest.fixture(scope="session", params=["mp4", "ts"])
def master(media: Callable[..., Path], request: pytest.FixtureRequest) -> Path:
    """One that is read by ranges, and one that is copied."""
    inputs = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3")
    return media(f"stored.{request.param}", *inputs, "-c:v", "mpeg2video", "-b:v", "3M", "-c:a", "mp2")


@pytest.fixture(scope="session")
def from_file(master: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What is encoded of the file."""
    site = site_in(tmp_path_factory.mktemp("alone"))
    with closing(site.catalog):
        encode(site, master)
        return artifacts_of(site, spec_of(master))


@pytest.fixture(params=SERVERS)
def proxy(request: pytest.FixtureRequest) -> Iterator[FaultyProxy]:
    """On the way to a server of S3; it does no harm unless a test wants it."""
    with faulty_proxy(server(request.param).url) as proxy:
        yield proxy


@pytest.fixture
def site(proxy: FaultyProxy, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    name = request.node.callspec.params["proxy"]
    storage = server(name).behind(proxy.url, tmp_path).storage(tmp_path)
    yield from opened(tmp_path / "machine", storage)


@pytest.fixture
def local_site(tmp_path: Path) -> Iterator[Site]:
    """Its storage is a folder."""
    root = tmp_path / "folder"
    yield from opened(root, LocalStorage(root, root / "tmp"))


def opened(root: Path, storage: Storage) -> Iterator[Site]:
    settings = Settings(root=root, jobs=1)
    root.mkdir(exist_ok=True)
    with closing(Catalog(settings.catalog_url)) as catalog:
        yield Site(settings, storage, catalog)


def stored(site: Site, master: Path) -> JobSpec:
    there = upload(site.storage, master, lambda _: None)
    return msgspec.structs.replace(spec_of(master), master=there.key, size=there.size, mtime=0)


def run(site: Site, spec: JobSpec) -> list[Event]:
    events: list[Event] = []
    run_job(site, spec, events.append)
    return events


def artifacts_of(site: Site, spec: JobSpec) -> dict[str, object]:
    """What was encoded: the files of each step's artifact."""
    made = {}
    for step in site.catalog.steps.of(spec.id):
        if step.kind in ("encode", "audio", "poster") and step.result:
            marker = find(site.storage, from_json(step.result, str))
            made[step.name] = marker and marker.files
    return made


def by_url(proxy: FaultyProxy) -> int:
    return sum(SIGNED in request.path for request in proxy.requests)


def copies(site: Site) -> list[int]:
    folder = site.settings.root / "cache/masters"
    return (
        [path.stat().st_size for path in folder.iterdir() if path.name != ".lock"] if folder.exists() else []
    )


def test_it_is_encoded_as_the_file_is(
    site: Site, proxy: FaultyProxy, master: Path, from_file: dict[str, object]
) -> None:
    spec = stored(site, master)
    events = run(site, spec)
    assert not any(isinstance(event, Warned) for event in events)
    assert "checksum" in {event.kind for event in events if isinstance(event, StepFinished)}
    if master.suffix == ".mp4":
        assert by_url(proxy) > 0
        assert copies(site) == []
    else:
        assert by_url(proxy) == 0
        assert copies(site) == [spec.size]
    assert artifacts_of(site, spec) == from_file


def no_url(request: Request) -> Fault | None:
    """Signed URLs are refused."""
    return "skew" if SIGNED in request.path else None


@pytest.mark.parametrize("master", ["mp4"], indirect=True)
@pytest.mark.parametrize("proxy", ["swift"], indirect=True)
def test_where_no_url_is_good_a_copy_is_read(
    site: Site,
    proxy: FaultyProxy,
    master: Path,
    from_file: dict[str, object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    spec = stored(site, master)
    proxy.choose = no_url
    run(site, spec)
    assert artifacts_of(site, spec) == from_file
    assert copies(site) == [spec.size]
    assert "reading by ranges failed, a copy is read" in caplog.text
    assert SIGNED not in caplog.text


@pytest.mark.parametrize("master", ["mp4"], indirect=True)
def test_a_master_that_is_gone_is_not_missed_where_all_is_made(local_site: Site, master: Path) -> None:
    spec = stored(local_site, master)
    run(local_site, spec)
    local_site.storage.delete(spec.master)
    events = run(local_site, msgspec.structs.replace(spec, tools=""))
    reused = {event.kind for event in events if isinstance(event, StepFinished) and event.reused}
    assert {"checksum", "encode", "audio"} <= reused


def damaged(master: Path) -> bytes:
    """Of the same size, and with a title that can still be seen."""
    content = bytearray(master.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


@pytest.mark.parametrize("master", ["mp4"], indirect=True)
def test_a_damaged_master_is_not_published(local_site: Site, master: Path) -> None:
    spec = stored(local_site, master)
    local_site.storage.put(spec.master, damaged(master))
    with pytest.raises(BadMasterError, match="damaged in storage; delete it there and upload the master"):
        run(local_site, spec)
    assert list(local_site.storage.list("titles/film")) == []
    assert local_site.catalog.titles.published() == []
