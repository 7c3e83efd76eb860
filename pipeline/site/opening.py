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
from pipeline.site.storage import EMBEDDED, embedded, note_storage
from pipeline.site.swift.environment import Tell
from pipeline.site.swift.server import Swift

FLOWER_USER = "telecine"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    origin_port: int
    flower_port: int
    workers: int


def open_site(settings: Settings, wanted: Wanted, tell: Tell) -> tuple[Plan, SiteFile]:
    """Make ready what the parts need, and write the site file; what takes long is told. Raises UsageError if
    a port is taken, there is no broker to run or the storage is not the site's, StorageError if the folder
    cannot be written, TelecineError if the embedded S3 cannot be installed."""
    require_free(wanted.origin_port, "--port")
    require_free(wanted.flower_port, "--flower-port")
    storage = settings.storage
    earlier = SiteFile.read(settings.root)
    secrets = earlier.secrets if earlier else Secrets.make()
    port = free_port(earlier.broker_port if earlier else 0)
    broker = None if settings.redis_url else Broker.of(settings.root, port, secrets.broker)
    if broker:
        broker.prepare()
    s3 = _embedded_s3(settings, earlier, tell)
    note_storage(settings.root, storage)
    (settings.root / "flower").mkdir(exist_ok=True)
    site = SiteFile(
        supervisor=identity(),
        broker_url=broker.url if broker else settings.redis_url,
        broker_port=port,
        origin_port=wanted.origin_port,
        flower_port=wanted.flower_port,
        secrets=secrets,
        s3_port=s3.port if s3 else 0,
    )
    site.write(settings.root)
    return _plan(settings, wanted, broker, s3, secrets), site


def _embedded_s3(settings: Settings, earlier: SiteFile | None, tell: Tell) -> Swift | None:
    if settings.storage != embedded(settings.root):
        return None
    s3 = Swift.of(settings.root / EMBEDDED, free_port(earlier.s3_port if earlier else 0), tell)
    s3.prepare()
    return s3


def passwords(settings: Settings, plan: Plan, site: SiteFile) -> set[str]:
    """All that the parts know, as written and as meant: none of them may be in a log."""
    urls = (urlsplit(url).password for url in (site.broker_url, settings.database_url))
    written = {password for password in urls if password}
    s3 = {plan.s3.credentials.secret} if plan.s3 else set()
    return {*written, *map(unquote, written), *s3, plan.login.password}


def _plan(
    settings: Settings, wanted: Wanted, broker: Broker | None, s3: Swift | None, secrets: Secrets
) -> Plan:
    given = settings.flower_auth
    share = max(1, wanted.workers)
    return Plan(
        root=settings.root,
        storage=settings.storage,
        broker=broker,
        s3=s3,
        login=Login.parse(given) if given else Login(FLOWER_USER, secrets.flower),
        origin_port=wanted.origin_port,
        flower_port=wanted.flower_port,
        workers=wanted.workers,
        threads=max(1, threads_here() // share),
        # What a worker alone on a machine takes, divided.
        memory=max(1, memory_here() * 3 // 4 // share // 10**9),
    )
