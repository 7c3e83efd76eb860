"""Files of deleted titles, removed when their grace is over: by one keeper of the cluster at a time."""

import logging
from functools import cached_property

from pipeline.catalog.catalog import Catalog
from pipeline.deletion import remove_files
from pipeline.errors import TelecineError
from pipeline.process import identity
from pipeline.settings import Settings
from pipeline.storage.base import Storage
from pipeline.storage.opening import open_storage
from workers.rounds import Rounds

OFFICE = "remover"
OFFICE_SECONDS = 600.0
"""Longer than it takes to remove the files of a version. Two that remove the same do each other no harm."""

PERIOD = 30.0

log = logging.getLogger(__name__)


class Remover(Rounds):
    """Removes what is due."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        super().__init__("remover")
        self._settings = settings
        self._catalog = catalog

    @cached_property
    def _storage(self) -> Storage:
        return open_storage(self._settings.storage, self._settings.scratch)

    def round(self) -> float:
        """Remove the versions that are due; the seconds until the next round."""
        try:
            # Nobody asks for the office, which is to write, nor for the storage where there is nothing to do.
            while (due := self._catalog.deletions.due()) and not self._over.is_set():
                if not self._catalog.queue.lock(OFFICE, identity(), OFFICE_SECONDS):
                    return PERIOD
                freed = remove_files(self._storage, self._catalog, due[0])
                log.info("%s: deleted version %s is gone, %d bytes", due[0].title, due[0].version, freed)
                self._catalog.queue.unlock(OFFICE, identity())
        except TelecineError as error:
            log.warning("files of deleted titles stay: %s", error)
        except Exception:
            log.exception("files of deleted titles stay")
        return PERIOD
