"""`--drm` and what goes with it: how a title is to be encrypted, and with whose keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click
import httpx

from packagers.protection import Scheme
from pipeline.drm import Drm
from pipeline.errors import UsageError
from pipeline.job import JobSpec
from pipeline.keys.classes import KeyClass
from pipeline.keys.cpix.service import KeyService
from pipeline.keys.opening import open_keys
from pipeline.keys.raw import Given, read_keys
from pipeline.keys.record import ContentKeyRecord
from pipeline.runner.site import Site
from pipeline.stages.signalling import BUILDERS

LONGEST_LEAD = 600
DEFAULT_SYSTEMS = ("clearkey",)

Command = Callable[..., Any]


@dataclass(frozen=True)
class Wanted:
    """What a command was asked for: `drm` is None where nothing is to be encrypted. `given` are keys that
    come with the job, by class."""

    drm: Drm | None = None
    given: Mapping[KeyClass, Given] = field(default_factory=dict, repr=False)

    def give(self, site: Site, spec: JobSpec) -> None:
        """Put the keys that come with a job where its steps find them."""
        if self.given:
            records = [
                ContentKeyRecord(kid, spec.title, name, key) for name, (kid, key) in self.given.items()
            ]
            open_keys(site.catalog, site.settings.root).vault.put(spec.id, records)


OPTIONS = (
    click.option(
        "--drm",
        type=click.Choice([*get_args(Scheme), "none"]),
        default="none",
        show_default=True,
        help="Encrypt: cbcs for all players and DRM systems, cenc for those that know AES-CTR alone, aes-128 "
        "for plain HLS players.",
    ),
    click.option(
        "--clear-lead",
        type=click.IntRange(0, LONGEST_LEAD),
        default=0,
        help="Seconds at the start that stay clear, in whole segments.  [default: 0]",
    ),
    click.option(
        "--keys",
        type=click.Path(path_type=Path),
        help="A file with keys, of mode 0600: for audio, sd, hd and uhd a `kid` and a `key` in hex.  "
        "[default: keys are made]",
    ),
    click.option("--cpix", help="URL of a key service that speaks CPIX (SPEKE 2.0), https alone."),
    click.option(
        "--systems",
        default=",".join(DEFAULT_SYSTEMS),
        show_default=True,
        help=f"DRM systems that the manifests name, separated by commas: {', '.join(BUILDERS)}.",
    ),
)


def drm_options(command: Command) -> Command:
    """Adds the options; the command is given a `wanted` instead."""

    @wraps(command)
    def with_wanted(
        *args: Any,
        drm: str,
        clear_lead: int,
        keys: Path | None,
        cpix: str | None,
        systems: str,
        **kwargs: Any,
    ) -> Any:
        return command(*args, wanted=chosen(drm, clear_lead, keys, cpix, systems), **kwargs)

    decorated: Command = with_wanted
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated


def chosen(scheme: str, clear_lead: int, keys: Path | None, cpix: str | None, systems: str) -> Wanted:
    """Raises UsageError for options that do not go together, or a file of keys that cannot be used."""
    named = _systems(systems)
    if scheme == "none":
        if clear_lead or keys or cpix or named != DEFAULT_SYSTEMS:
            raise UsageError(
                "--clear-lead, --keys, --cpix and --systems are for what is encrypted: add --drm cbcs"
            )
        return Wanted()
    if keys and cpix:
        raise UsageError("--keys and --cpix: keys come from a file or from a service, not from both")
    _refuse_unfit(scheme, clear_lead, named)
    given = read_keys(keys) if keys else {}
    drm = Drm(
        scheme=next(known for known in get_args(Scheme) if known == scheme),
        clear_lead=clear_lead,
        source=_service(cpix) if cpix else "given" if keys else "made",
        systems=named,
        kids=tuple(sorted(f"{name}:{kid.hex()}" for name, (kid, _) in given.items())),
    )
    return Wanted(drm, given)


def _refuse_unfit(scheme: str, clear_lead: int, systems: tuple[str, ...]) -> None:
    """What a scheme does not have."""
    if scheme == "aes-128" and clear_lead:
        raise UsageError("--clear-lead: with --drm aes-128 all segments are encrypted")
    if scheme == "aes-128" and systems != DEFAULT_SYSTEMS:
        raise UsageError("--systems: with --drm aes-128 players ask for the key itself, and no DRM system")
    if scheme == "cenc" and "fairplay" in systems:
        raise UsageError("--systems: FairPlay has no cenc; use --drm cbcs")


def _service(url: str) -> str:
    """It becomes part of the job, which many may see. Raises UsageError where there is a password in it."""
    KeyService(url)
    if httpx.URL(url).query:
        raise UsageError("--cpix: everybody sees what follows the ?; use TELECINE_CPIX_AUTHORIZATION instead")
    return url


def _systems(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in BUILDERS]
    if unknown:
        raise UsageError(f"--systems: no system {unknown[0]!r}; there are {', '.join(BUILDERS)}")
    return names
