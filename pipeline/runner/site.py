"""Where jobs run."""

from dataclasses import dataclass

from pipeline.catalog.catalog import Catalog
from pipeline.settings import Settings
from pipeline.storage.base import Storage


@dataclass(frozen=True)
class Site:
    """The settings, storage and catalog that all jobs of a machine, or of a cluster, share."""

    settings: Settings
    storage: Storage
    catalog: Catalog
