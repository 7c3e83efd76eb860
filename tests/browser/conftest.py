"""A browser, and an origin with small titles for it to play."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import encrypted_titles
import pytest
import sample_titles
from browsing import CHROMIUM_FLAGS, Complaints
from encrypted_titles import EncryptedTitles
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.serving import serving
from tests.support.site import TELECINE, Site


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, with a profile of its own that is thrown away.

    For a module and not the session: Playwright keeps an event loop running in this thread for as long as it
    is open, and no other test could run its own.
    """
    executable = shutil.which("chromium")
    assert executable, "browser tests need chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage root with `sample_titles`."""
    root = tmp_path_factory.mktemp("site")
    sample_titles.build(root)
    return root


@pytest.fixture(scope="session")
def origin(samples: Path) -> Iterator[str]:
    """The address of an origin that serves `sample_titles`."""
    with serving(sys.executable, sample_titles.__file__, str(samples)) as address:
        yield address


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedTitles]:
    """Titles that the pipeline encrypted, and an origin that has their keys."""
    site = Site(tmp_path_factory.mktemp("encrypted"))
    encrypted_titles.build(site)
    command = (*TELECINE, "serve", "-o", str(site.root), "--port")
    with serving(*command, TELECINE_LICENSE_RATE="10000/minute") as address:
        yield EncryptedTitles(site, address)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(chromium: Browser, origin: str, complaints: Complaints) -> Iterator[Page]:
    """A page of its own session; paths are relative to the origin. Any complaint of the page fails the test,
    unless the test has taken it out of `complaints`.
    """
    with page_at(origin, chromium, complaints) as page:
        yield page


@contextmanager
def page_at(address: str, chromium: Browser, complaints: Complaints) -> Iterator[Page]:
    """A page as `page`, at another origin."""
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    context.close()
    assert complaints.texts == []
