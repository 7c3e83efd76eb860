"""`telecine up`: a whole site on this machine."""

import asyncio
import shlex
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from pipeline.cli.options import output_option, storage_option
from pipeline.errors import StorageError
from pipeline.settings import Settings
from pipeline.site.backoff import Backoff
from pipeline.site.file import SiteFile
from pipeline.site.lock import only_site
from pipeline.site.log import SiteLog
from pipeline.site.opening import Wanted, open_site, passwords
from pipeline.site.parts import Plan
from pipeline.site.ports import LOCALHOST
from pipeline.site.supervisor import Supervisor

PORT = click.IntRange(1, 65535)


@click.command(name="up")
@output_option
@storage_option
@click.option("--port", default=8080, show_default=True, type=PORT, help="The origin's port.")
@click.option("--flower-port", default=5555, show_default=True, type=PORT, help="Flower's port.")
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(0, 64),
    help="Worker processes, which share the processors.",
)
def up_command(output: Path | None, storage: str | None, port: int, flower_port: int, workers: int) -> None:
    """Run a whole site on this machine: broker, workers, origin and Flower, and with `--storage s3` an S3
    server to try buckets with.

    What ends is started again. SIGTERM or Ctrl-C stops all of it in an orderly way, a second one at once.

    \b
    Example:
      telecine up -o site --port 8080
    """
    settings = Settings.load(output, storage=storage)
    with only_site(settings.root):
        plan, site = open_site(settings, Wanted(port, flower_port, workers), partial(click.echo, err=True))
        try:
            _run(settings, plan, site)
        finally:
            with suppress(StorageError):
                replace(site, supervisor="").write(settings.root)


def _run(settings: Settings, plan: Plan, site: SiteFile) -> None:
    file = settings.root / "logs" / "telecine.log"
    log = SiteLog(file, passwords(settings, plan, site))
    supervisor = Supervisor(plan.stages(), log, Backoff)
    try:
        asyncio.run(supervisor.run(partial(_tell, plan, file, made_here=not settings.flower_auth)))
    finally:
        log.close()


def _tell(plan: Plan, log: Path, *, made_here: bool) -> None:
    """What runs, and what to do with it."""
    who = f"user {plan.login.user}"
    if made_here:
        who += f", password {_password(plan)}"
    click.echo(
        f"\n"
        f"  titles  http://{LOCALHOST}:{plan.origin_port}/\n"
        f"  Flower  http://{LOCALHOST}:{plan.flower_port}/  ({who})\n"
        f"  upload  telecine upload FILM -o {shlex.quote(str(plan.root))}\n"
        f"{_storage_line(plan)}"
        f"  log     {log}\n"
        f"  stop    Ctrl-C\n",
        err=True,
    )


def _storage_line(plan: Plan) -> str:
    """Where titles are, unless that is the folder of the site."""
    if plan.s3:
        aws = shlex.quote(str(plan.s3.credentials.file))
        return f"  S3      {plan.storage}  (AWS_CONFIG_FILE={aws} aws s3 ls {plan.storage})\n"
    return f"  stored  {plan.storage}\n" if plan.storage != plan.root else ""


def _password(plan: Plan) -> str:
    """In words for whoever sits at the terminal; what is not one may be kept as a log."""
    return plan.login.password if sys.stderr.isatty() else f"in {SiteFile.path(plan.root)}"
