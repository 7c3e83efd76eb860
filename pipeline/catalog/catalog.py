"""All state that is not an artifact: titles, versions, jobs and their steps, sealed keys, in SQL."""

from pipeline.catalog.api_keys import ApiKeys
from pipeline.catalog.database import Clock, Database
from pipeline.catalog.deletions import Deletions
from pipeline.catalog.events import Events
from pipeline.catalog.jobs import Jobs
from pipeline.catalog.keys import Keys
from pipeline.catalog.migrate import migrate
from pipeline.catalog.queue import Queue
from pipeline.catalog.records import LEASE_SECONDS
from pipeline.catalog.signing import Signing
from pipeline.catalog.steps import Steps
from pipeline.catalog.titles import Titles
from pipeline.catalog.workers import Workers


class Catalog:
    """Every method of its parts is one transaction, safe from threads, processes and machines.

    Leases last `lease` seconds unless they are renewed. All times are those of the database's clock, which
    everybody shares, unless `clock` is given. Methods
    raise OutageError where the database is out of reach, DiskFullError where it has no room, and StorageError
    where it fails otherwise.
    """

    def __init__(self, url: str, clock: Clock | None = None, lease: float = LEASE_SECONDS) -> None:
        self.lease = lease
        self._database = Database(url, clock, lease)
        try:
            migrate(self._database)
        except BaseException:
            self.close()
            raise
        self.titles = Titles(self._database)
        self.deletions = Deletions(self._database)
        self.jobs = Jobs(self._database)
        self.steps = Steps(self._database)
        self.queue = Queue(self._database)
        self.events = Events(self._database)
        self.workers = Workers(self._database)
        self.keys = Keys(self._database)
        self.signing = Signing(self._database)
        self.api_keys = ApiKeys(self._database)

    def close(self) -> None:
        self._database.close()
