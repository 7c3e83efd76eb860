"""What a site is to run, from the settings and from what an earlier run left in the folder."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.machine import memory_here, threads_here
from pipeline.process import identity
from pipeline.settings import Settings
from pipeline.site.broker import Broker
from pipeline.site.file import Secrets, SiteFile
from pipeline.site.login import Login
from pipeline.site.parts import Plan
from pipeline.site.ports import free_port, require_free

FLOWER_USER = "telecine"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    origin_port: int
    flower_port: int
    workers: int


def open_site(settings: Settings, wanted: Wanted) -> tuple[Plan, SiteFile]:
    """Make ready what the parts need, and write the site file. Raises UsageError if a port is taken or there
    is no broker to run, StorageError if the folder cannot be written."""
    require_free(wanted.origin_port, "--port")
    require_free(wanted.flower_port, "--flower-port")
    earlier = SiteFile.read(settings.root)
    secrets = earlier.secrets if earlier else Secrets.make()
    port = free_port(earlier.broker_port if earlier else 0)
    broker = None if settings.redis_url else Broker.of(settings.root, port, secrets.broker)
    if broker:
        broker.prepare()
    (settings.root / "flower").mkdir(exist_ok=True)
    site = SiteFile(
        supervisor=identity(),
        broker_url=broker.url if broker else settings.redis_url,
        broker_port=port,
        origin_port=wanted.origin_port,
        flower_port=wanted.flower_port,
        secrets=secrets,
    )
    site.write(settings.root)
    return _plan(settings, wanted, broker, secrets), site


def passwords(settings: Settings, plan: Plan, site: SiteFile) -> set[str]:
    """All that the parts know, as written and as meant: none of them may be in a log."""
    urls = (urlsplit(url).password for url in (site.broker_url, settings.database_url))
    written = {password for password in urls if password}
    return {*written, *map(unquote, written), plan.login.password}


def _plan(settings: Settings, wanted: Wanted, broker: Broker | None, secrets: Secrets) -> Plan:
    given = settings.flower_auth
    share = max(1, wanted.workers)
    return Plan(
        root=settings.root,
        broker=broker,
        login=Login.parse(given) if given else Login(FLOWER_USER, secrets.flower),
        origin_port=wanted.origin_port,
        flower_port=wanted.flower_port,
        workers=wanted.workers,
        threads=max(1, threads_here() // share),
        # What a worker alone on a machine takes, divided.
        memory=max(1, memory_here() * 3 // 4 // share // 10**9),
    )
