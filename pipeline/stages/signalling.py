"""What manifests say of a planned protection: each key, and the ways to get it."""

from collections.abc import Callable, Mapping

from packagers import systems
from packagers.cenc import pssh
from packagers.key_classes import KeyClass
from packagers.protection import Protection, System
from pipeline.drm import PlannedKey, PlannedProtection
from pipeline.keys.cpix.systems import FAIRPLAY, PLAYREADY, WIDEVINE
from pipeline.keys.record import Signalling

LICENCES = "/license/clearkey"
"""Where the origin answers for W3C Clear Key: a path of the origin, which may be any host's."""

KEYS = "/keys"

Build = Callable[[PlannedProtection, bytes, Signalling | None], tuple[System, ...]]


def protections(planned: PlannedProtection) -> dict[KeyClass, Protection]:
    """The protection of the tracks of each class."""
    return {key.key_class: _protection(planned, key) for key in planned.keys}


def _protection(planned: PlannedProtection, key: PlannedKey) -> Protection:
    kid = bytes.fromhex(key.kid)
    told = {one.system: one for one in key.signalling}
    found: list[System] = []
    for name in planned.systems if planned.scheme != "aes-128" else ("clearkey",):
        found += BUILDERS[name](planned, kid, told.get(UUIDS.get(name, "")))
    return Protection(planned.scheme, kid, tuple(found), planned.clear_segments)


def key_path(kid: bytes) -> str:
    """Where the origin answers with the key of that id."""
    return f"{KEYS}/{kid.hex()}"


def _clearkey(planned: PlannedProtection, kid: bytes, _told: Signalling | None) -> tuple[System, ...]:
    """Answered by the origin. The common `pssh` is in headers alone: dash.js fails with one in an MPD."""
    return systems.embedded(planned.scheme, kid, LICENCES, key_path(kid))


def _widevine(planned: PlannedProtection, kid: bytes, told: Signalling | None) -> tuple[System, ...]:
    box = told.pssh if told and told.pssh else pssh.widevine(kid, planned.scheme).to_bytes()
    return (systems.widevine(box),)


def _playready(planned: PlannedProtection, kid: bytes, told: Signalling | None) -> tuple[System, ...]:
    box = told.pssh if told and told.pssh else pssh.playready(kid, planned.scheme).to_bytes()
    return (systems.playready(box),)


def _fairplay(_planned: PlannedProtection, kid: bytes, told: Signalling | None) -> tuple[System, ...]:
    return (systems.fairplay(told.key_uri if told and told.key_uri else f"skd://{kid.hex()}"),)


BUILDERS: Mapping[str, Build] = {
    "clearkey": _clearkey,
    "widevine": _widevine,
    "playready": _playready,
    "fairplay": _fairplay,
}
"""Systems that a title's manifests can name."""

UUIDS = {"widevine": WIDEVINE, "playready": PLAYREADY, "fairplay": FAIRPLAY}
"""As key services call them."""
