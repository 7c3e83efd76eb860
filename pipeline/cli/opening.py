"""The site that a client's command is about."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pipeline.catalog.catalog import Catalog
from pipeline.errors import UsageError
from pipeline.runner.site import Site, open_catalog
from pipeline.settings import Settings


@contextmanager
def opened_catalog(output: Path | None) -> Iterator[Catalog]:
    """The catalog of a site. Raises UsageError where there is none: whoever asks makes no new one."""
    settings = existing(output)
    with closing(open_catalog(settings)) as catalog:
        yield catalog


@contextmanager
def opened_site(settings: Settings) -> Iterator[Site]:
    """The site of these settings, nothing of it left open or behind."""
    site = Site.open(settings)
    try:
        yield site
    finally:
        site.catalog.close()
        with suppress(OSError):
            settings.scratch.rmdir()


def existing(output: Path | None) -> Settings:
    """Settings of a site. Raises UsageError where there is none."""
    settings = Settings.load(output)
    if not settings.database_url and not settings.catalog_file.is_file():
        raise UsageError(f"{settings.root}: no site is there; name its folder with -o or TELECINE_ROOT")
    return settings
