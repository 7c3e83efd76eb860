"""Encryption in the course of a job: keys at the plan, ciphers at packaging, and back again to verify."""

import hashlib
from collections.abc import Iterator, Mapping

from packagers.cenc import Cbcs, Cenc, CencError, ContentKey, Unprotector, protect, pssh
from packagers.cmaf import Rendition
from packagers.key_classes import KeyClass, video_class
from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Parent
from packagers.mp4.parse import parse
from packagers.mp4.protection import ProtectionSystemHeader, SampleEncryption
from packagers.protection import ProtectionError, Scheme
from packagers.segment_encryption import decrypt_segment, encrypt_segments
from pipeline.drm import Drm, PlannedKey, PlannedProtection
from pipeline.errors import KeysError, UsageError, VerifyError
from pipeline.job import Plan, video_path
from pipeline.keys.cpix.provider import CpixKeys
from pipeline.keys.cpix.request import Scheme as CpixScheme
from pipeline.keys.cpix.service import KeyService
from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.given import GivenKeys
from pipeline.keys.provider import KeyProvider
from pipeline.keys.record import ContentKeyRecord
from pipeline.stages.context import Context
from pipeline.stages.reading import expect
from pipeline.stages.signalling import protections

IV_BYTES = 16

STREAM_DIGITS = 8
"""32 bits tell nothing of a key of 128. Keys that happen to share them share a count, which does no harm."""

CPIX_SCHEMES: Mapping[Scheme, CpixScheme] = {"cbcs": "cbcs", "cenc": "cenc", "aes-128": "cbc1"}
"""As CPIX documents call them: whole segments in CBC mode are `cbc1`."""


def plan_protection(context: Context, drm: Drm, made: Plan) -> PlannedProtection:
    """Which keys encrypt which tracks; the same whenever the same job asks. Raises UsageError where all of
    the title would stay clear, KeysError where a key service says what no manifest can."""
    starts = made.grid.segment_times
    if starts[-1] < drm.clear_lead:
        raise UsageError(f"--clear-lead {drm.clear_lead}: {made.title} is over by then; give fewer seconds")
    classes = list(dict.fromkeys(class_of(made, path) for path in made.renditions))
    records = _provider(context, drm).keys(context.job.id, made.title, classes)
    planned = PlannedProtection(
        scheme=drm.scheme,
        clear_segments=sum(start < drm.clear_lead for start in starts),
        systems=drm.systems,
        keys=tuple(_planned(records[one]) for one in classes),
    )
    try:
        protections(planned)
    except ProtectionError as error:
        raise KeysError(f"{made.title}: the key service's words fit no manifest: {error}") from error
    return planned


def number_streams(context: Context, made: Plan) -> None:
    """Give every track under `cenc` its number, in the order of the plan: packaging, which needs them, goes
    in any order, and the same job is to have the same bytes."""
    if made.protection and made.protection.scheme == "cenc":
        for path in made.renditions:
            _cenc(context, made, path, _key(context, made, path))


def _planned(record: ContentKeyRecord) -> PlannedKey:
    return PlannedKey(
        key_class=record.key_class,
        kid=record.kid.hex(),
        iv=record.iv.hex(),
        signalling=record.signalling,
    )


def class_of(plan: Plan, path: str) -> KeyClass:
    """The class of key that the rendition in the folder `path` is under."""
    rungs = plan.video.rungs if plan.video else ()
    rung = next((rung for rung in rungs if video_path(rung) == path), None)
    return video_class(rung.width, rung.height) if rung else "audio"


def encrypted(context: Context, plan: Plan, path: str, rendition: Rendition) -> Rendition:
    """The rendition as the plan wants it: encrypted, or as it is. Raises CencError where it cannot be."""
    if plan.protection is None:
        return rendition
    planned, key = plan.protection, _key(context, plan, path)
    if planned.scheme == "aes-128":
        return encrypt_segments(rendition, key.value)
    scheme = _cbcs(plan, path, key) if planned.scheme == "cbcs" else _cenc(context, plan, path, key)
    return protect(rendition, scheme, systems=_systems(planned), clear_segments=planned.clear_segments)


def _systems(planned: PlannedProtection) -> tuple[ProtectionSystemHeader, ...]:
    """All keys of the title are named at once: hls.js asks for no more than what the first track names."""
    if "clearkey" not in planned.systems:
        return ()
    kids = dict.fromkeys(bytes.fromhex(key.kid) for key in planned.keys)
    return (pssh.common(*kids),)


def clear_bytes(
    context: Context, plan: Plan, path: str, stored: Iterator[bytes], first: int
) -> Iterator[bytes]:
    """The stored header and segments, the first of which is number `first`, from 1, as a decoder takes them.
    Raises VerifyError where they do not decrypt, or others are clear than were to be."""
    if plan.protection is None:
        return stored
    return _decrypted(plan.protection, _key(context, plan, path), stored, path, first)


def _decrypted(
    planned: PlannedProtection, key: ContentKey, stored: Iterator[bytes], path: str, first: int
) -> Iterator[bytes]:
    """`first` is the number of the first segment, from 1."""
    header = next(stored)
    try:
        if planned.scheme == "aes-128":
            yield header
            for number, data in enumerate(stored, start=first):
                yield decrypt_segment(data, key.value, number)
        else:
            track = Unprotector(header, key)
            yield track.header
            for number, data in enumerate(stored, start=first):
                _check_protected(data, number > planned.clear_segments, f"{path}: segment {number}")
                yield track.segment(data)
    except (CencError, Mp4Error, ValueError) as error:
        raise VerifyError(f"{path} does not decrypt: {error}") from error


def _check_protected(segment: bytes, due: bool, name: str) -> None:
    """A header with a clear lead lets any segment be clear."""
    fragments = [box for box in parse(segment) if box.type == "moof" and isinstance(box, Parent)]
    for fragment in fragments:
        found = any(fragment.find("traf/senc", SampleEncryption))
        expect(found == due, f"{name} is {'encrypted' if found else 'clear'}, unlike what was planned")


def _provider(context: Context, drm: Drm) -> KeyProvider:
    vault = context.keys.vault
    if drm.source == "made":
        return EmbeddedKeys(vault)
    if drm.source == "given":
        return GivenKeys(vault)
    return CpixKeys(vault, KeyService.at(drm.source), CPIX_SCHEMES[drm.scheme])


def _key(context: Context, plan: Plan, path: str) -> ContentKey:
    assert plan.protection is not None  # noqa: S101  the caller looked
    kid = plan.protection.kid_of(class_of(plan, path))
    return ContentKey(kid, context.keys.vault.find(kid).reveal())


def _cbcs(plan: Plan, path: str, key: ContentKey) -> Cbcs:
    """Tracks that share a key have other IVs, the same job the same; but a key service that fixes one puts it
    into its licences."""
    assert plan.protection is not None  # noqa: S101  the caller looked
    fixed = plan.protection.key_of(class_of(plan, path)).iv
    if fixed:
        return Cbcs(key, bytes.fromhex(fixed))
    use = f"{plan.version}/{path}".encode()
    return Cbcs(key, hashlib.sha256(b"\0".join((b"iv", key.kid, use))).digest()[:IV_BYTES])


def _cenc(context: Context, plan: Plan, path: str, key: ContentKey) -> Cenc:
    """Streams are counted by the key and not by its id, for a key may have been given under several."""
    counted = hashlib.sha256(b"stream\0" + key.value).hexdigest()[:STREAM_DIGITS]
    return Cenc(key, context.catalog.keys.stream(counted, f"{plan.version}/{path}"))
