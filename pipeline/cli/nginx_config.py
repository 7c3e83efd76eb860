"""`telecine nginx-config`: a configuration of nginx for a site."""

from pathlib import Path

import click

from pipeline.cli.options import output_option
from pipeline.origin.access import Access
from pipeline.origin.nginx import Front, nginx_config
from pipeline.settings import Settings
from pipeline.storage.location import Bucket


@click.command(name="nginx-config")
@output_option
@click.option("--port", default=80, show_default=True, type=click.IntRange(1, 65535), help="nginx's own.")
@click.option(
    "--server-name", default="_", help="The site's name, such as media.example.com.  [default: any]"
)
@click.option("--origin", default="127.0.0.1:8080", show_default=True, help="Where `telecine serve` listens.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/var/cache/nginx/telecine"),
    show_default=True,
    help="For what it keeps of titles in a bucket.",
)
@click.option("--cache-size", default="10g", show_default=True, help="How much of that.")
def nginx_config_command(
    output: Path | None, port: int, server_name: str, origin: str, cache: Path, cache_size: str
) -> None:
    """Print a configuration of nginx that serves a site, in front of `telecine serve`.

    Files of a folder nginx sends itself, those of a bucket it keeps; where titles want a link
    (TELECINE_ACCESS), the origin is asked for everything.

    \b
    Example:
      telecine nginx-config -o site >/etc/nginx/conf.d/telecine.conf
    """
    settings = Settings.load(output)
    storage = settings.storage
    by_link = Access.of(dict).by_link
    root = None if by_link or isinstance(storage, Bucket) else storage
    kept = cache if isinstance(storage, Bucket) and not by_link else None
    click.echo(nginx_config(Front(str(port), server_name, origin, root, kept, cache_size)), nl=False)
