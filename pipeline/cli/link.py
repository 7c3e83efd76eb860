"""`telecine link`: let somebody read a title of a site whose media want a link."""

import time
from pathlib import Path

import click

from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_catalog
from pipeline.cli.options import json_option, output_option, title_argument
from pipeline.cli.spans import Span
from pipeline.cli.table import print_table
from pipeline.codec import to_json
from pipeline.errors import UsageError
from pipeline.keys.links import LONGEST
from pipeline.keys.networks import Network, parse_network
from pipeline.keys.opening import open_keys
from pipeline.origin.addresses import addresses

LOCAL = "http://127.0.0.1:8080"


class Networks(click.ParamType[Network]):
    """As `192.0.2.1` or `2001:db8::/64`."""

    name = "network"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Network:
        try:
            return parse_network(value)
        except ValueError as error:
            self.fail(f"{error}: write it as 192.0.2.1 or 2001:db8::/64", param, ctx)


@click.command(name="link")
@title_argument
@output_option
@click.option("--version", help="That version, and no other.  [default: any; the one that is shown first]")
@click.option("--ttl", type=Span(LONGEST), default="6h", show_default=True, help="How long, 24h at most.")
@click.option("--address", type=Networks(), help="For this address or network of clients alone.")
@click.option("--cookie", is_flag=True, help="For players that keep the plain addresses.")
@click.option("--url", envvar="TELECINE_ORIGIN_URL", default=LOCAL, show_default=True, help="Of the origin.")
@json_option
def link_command(
    title: str,
    output: Path | None,
    version: str | None,
    ttl: int,
    address: Network | None,
    cookie: bool,
    url: str,
    as_json: bool,
) -> None:
    """Print addresses at which TITLE plays where TELECINE_ACCESS is `signed`.

    With --cookie, the player's page sends a POST to the address called `cookie` first, and then plays the
    plain ones.

    \b
    Example:
      telecine link film -o site --ttl 2h --address 192.0.2.1
    """
    root, now = existing(output).root, int(time.time())
    with opened_catalog(output) as catalog:
        versions_of(catalog, title)
        links = open_keys(catalog, root).links
        shown = links.shown(title, version or "")
        if shown is None:
            told = f"no version {version!r}" if version else "not published"
            raise UsageError(f"{title!r}: {told}; `telecine show {title}` lists versions")
        token = links.mint(title, version or "", address, ttl, now)
    found = addresses(token, shown, pinned=version is not None, cookie=cookie)
    found = {name: url.rstrip("/") + path for name, path in found.items()}
    if as_json:
        click.echo(to_json({"title": title, "expires": now + ttl, **found}).decode())
    else:
        print_table("FORMAT ADDRESS", found.items())
