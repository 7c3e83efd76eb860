"""`telecine keys`: the keys of a site."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pipeline.cli.opening import existing, opened_catalog
from pipeline.cli.options import json_option, output_option, title_argument, yes_option
from pipeline.cli.table import print_table
from pipeline.cli.wording import count, moment
from pipeline.codec import to_json
from pipeline.errors import UsageError
from pipeline.keys import links
from pipeline.keys.classes import KEY_CLASSES
from pipeline.keys.cpix.export import exported
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.keys.private import replace_private
from pipeline.keys.tokens import LONGEST


@click.group(name="keys")
def keys_command() -> None:
    """Manage content keys, and what else is secret.

    \b
    Example:
      telecine keys list film -o site
    """


@contextmanager
def _opened(output: Path | None) -> Iterator[KeyStore]:
    root = existing(output).root
    with opened_catalog(output) as catalog:
        yield open_keys(catalog, root)


@keys_command.command(name="list")
@title_argument
@output_option
@json_option
def list_keys(title: str, output: Path | None, as_json: bool) -> None:
    """List the ids of TITLE's keys, and which tracks each is for. The keys themselves are not shown.

    \b
    Example:
      telecine keys list film -o site
    """
    with opened_catalog(output) as catalog:
        found = catalog.keys.of_title(title)
    if as_json:
        for key in found:
            click.echo(to_json({"kid": key.kid, "class": key.key_class, "job": key.owner}).decode())
        return
    found.sort(key=lambda key: KEY_CLASSES.index(key.key_class))
    print_table("KID CLASS JOB", ((key.kid, key.key_class, key.owner) for key in found))


@keys_command.command(name="export")
@title_argument
@output_option
@click.option("--cpix", is_flag=True, required=True, help="As a CPIX 2.3 document.")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="A file of mode 0600.  [default: stdout]"
)
@yes_option
def export(title: str, output: Path | None, cpix: bool, to: Path | None, yes: bool) -> None:  # noqa: ARG001  the one format
    """Write the keys of TITLE, in the clear, for another packager or key service.

    \b
    Example:
      telecine keys export film -o site --cpix --to film.cpix.xml
    """
    with _opened(output) as store:
        records = store.vault.of_title(title)
        if not records:
            raise UsageError(f"{title!r}: no keys; `telecine titles` lists titles")
        where = to or "the standard output"
        if not yes:
            click.confirm(f"Write the keys of {title} in the clear to {where}?", abort=True, err=True)
        document = exported(title, records)
    if to:
        replace_private(to.absolute(), document)
    else:
        click.echo(document.decode(), nl=False)


@keys_command.command(name="rotate-master")
@output_option
def rotate_master(output: Path | None) -> None:
    """Seal all keys under a new master key.

    Stopped at any moment, the same command goes on. Where TELECINE_MASTER_KEY is set, put the new key behind
    the old one in it, separated by a space; take the old one away afterwards.

    \b
    Example:
      telecine keys rotate-master -o site
    """
    with _opened(output) as store:
        changed = store.keyring.rotate()
    click.echo(f"{count(changed, 'key', 'keys')} sealed under the new master key", err=True)


@keys_command.command(name="rotate-tokens")
@output_option
@click.option("--at-once", is_flag=True, help="Refuse all tokens made so far: for when a key got out.")
def rotate_tokens(output: Path | None, at_once: bool) -> None:
    """Sign playback tokens with a new key. Those made so far are taken until they expire.

    \b
    Example:
      telecine keys rotate-tokens -o site
    """
    with _opened(output) as store:
        store.signing.rotate(store.tokens.algorithm, overlap=0 if at_once else LONGEST)


@keys_command.command(name="rotate-links")
@output_option
@click.option("--at-once", is_flag=True, help="Refuse all links made so far: for when a key got out.")
def rotate_links(output: Path | None, at_once: bool) -> None:
    """Sign links with a new key. Those made so far are taken until they expire.

    \b
    Example:
      telecine keys rotate-links -o site
    """
    with _opened(output) as store:
        store.links.rotate(overlap=0 if at_once else links.LONGEST)


@keys_command.group(name="api-key")
def api_key() -> None:
    """Manage the keys of programs that have playback tokens made by POST /api/tokens.

    \b
    Example:
      telecine keys api-key add shop -o site
    """


@api_key.command(name="add")
@click.argument("name")
@output_option
def add_api_key(name: str, output: Path | None) -> None:
    """Print a new API key, which is not shown again."""
    with _opened(output) as store:
        click.echo(store.api_keys.add(name))


@api_key.command(name="list")
@output_option
def list_api_keys(output: Path | None) -> None:
    """List API keys by name."""
    with opened_catalog(output) as catalog:
        found = catalog.api_keys.all()
    print_table("NAME MADE", ((key.name, moment(key.created)) for key in found))


@api_key.command(name="revoke")
@click.argument("name")
@output_option
def revoke_api_key(name: str, output: Path | None) -> None:
    """Refuse an API key from now on. Tokens that it was used for are taken until they expire."""
    with opened_catalog(output) as catalog:
        if not catalog.api_keys.revoke(name):
            raise UsageError(f"{name!r}: no such API key; `telecine keys api-key list` lists them")
