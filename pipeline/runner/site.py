"""Where jobs run."""

from dataclasses import dataclass

from pipeline.catalog.catalog import Catalog
from pipeline.settings import Settings
from pipeline.site.storage import note_storage
from pipeline.storage.base import Storage
from pipeline.storage.opening import open_storage


@dataclass(frozen=True)
class Site:
    """The settings, storage and catalog that all jobs of a machine, or of a cluster, share."""

    settings: Settings
    storage: Storage
    catalog: Catalog

    @classmethod
    def open(cls, settings: Settings) -> "Site":
        """Raises StorageError where the storage or the catalog cannot be used, UsageError where the storage
        is another than the site's."""
        location = settings.storage
        storage = open_storage(location, settings.scratch)
        note_storage(settings.root, location)
        return cls(settings, storage, open_catalog(settings))


def open_catalog(settings: Settings) -> Catalog:
    return Catalog(settings.catalog_url, lease=settings.lease)
