"""How a title is to be encrypted: what was asked for, and what was planned. Never a key, only ids of keys."""

import msgspec

from packagers.key_classes import KeyClass
from packagers.protection import Scheme
from pipeline.keys.record import Signalling


class Drm(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for.

    `clear_lead` in seconds stays clear, in whole segments. `source` says where keys come from: `made` here,
    `given` with the job, or the URL of a key service, without any password. `systems` are those that
    manifests name. Jobs that differ only in `kids`, the ids of given keys, or in `generation` have keys of
    their own.
    """

    scheme: Scheme
    clear_lead: int = 0
    source: str = "made"
    systems: tuple[str, ...] = ("clearkey",)
    kids: tuple[str, ...] = ()
    generation: int = 0


class PlannedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of a class of tracks: `kid` and, where a key service fixes it, the `iv` of cbcs, in hex; and
    what it wants manifests to say."""

    key_class: KeyClass
    kid: str
    iv: str = ""
    signalling: tuple[Signalling, ...] = ()


class PlannedProtection(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned: the first `clear_segments` stay clear."""

    scheme: Scheme
    clear_segments: int
    systems: tuple[str, ...]
    keys: tuple[PlannedKey, ...]

    def key_of(self, key_class: KeyClass) -> PlannedKey:
        return next(key for key in self.keys if key.key_class == key_class)

    def kid_of(self, key_class: KeyClass) -> bytes:
        return bytes.fromhex(self.key_of(key_class).kid)
