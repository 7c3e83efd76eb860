"""A site for the client's commands, whose workers are the tests themselves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.runner.site import Site
from tests.support.broker import free_port
from tests.unit.cli.client import Client
from tests.unit.runner.jobs import site_in

TINY = """
name: tiny
codec: h264
preset: ultrafast
rungs: [{name: "90", box: [160, 90], crf: CRF, maxrate: 200000, bufsize: 400000}]
"""


@pytest.fixture(scope="session")
def broker_port() -> int:
    """The one place where all these tests look for a broker: Celery reads its settings once. As a rule there
    is none."""
    return free_port()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.fixture
def client(site: Site, broker_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("TELECINE_ROOT", str(site.settings.root))
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{broker_port}/0")
    monkeypatch.delenv("TELECINE_CATALOG", raising=False)
    for crf in ("30", "34"):
        (tmp_path / f"tiny{crf}.yaml").write_text(TINY.replace("CRF", crf))
    return Client(site, tmp_path)


@pytest.fixture
def master(media: Callable[..., Path]) -> Path:
    """A second of moving picture."""
    return media("second.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg4")
