"""Seventh stage: what was stored is read back the way a player finds it, decoded whole, and measured.

`verify_manifests` holds the manifests against each other, the plan and the stored sizes; `verify_rendition`
decodes one rendition.
"""

from collections.abc import Iterator
from fractions import Fraction

from ladders.grid import video_timescale
from packagers.dash.readback import read_mpd
from packagers.hls.playlists import MEDIA_NAME
from packagers.hls.readback import MultivariantReference, read_media_playlist, read_multivariant
from packagers.readback import ManifestError, RenditionReference
from packagers.rules import check
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import EncodeError, VerifyError
from pipeline.ffmpeg.decode import Decoded, decode
from pipeline.job import AudioPlan, Plan, audio_path
from pipeline.stages.context import Context, Outcome
from pipeline.stages.graph import StepParams
from pipeline.stages.manifests import DASH, HLS, load_presentation
from pipeline.storage.base import Storage

ROUNDING = Fraction(1, 1_000_000)
"""Seconds: EXTINF is written in microseconds."""

AAC_FRAME = 1024
"""Samples; sound can be cut only between frames, so its segments start up to half a frame off the grid."""

TOLERANCE = Fraction(1, 10)
"""How far a declared bit rate may be from the measured one (HLS authoring rules 1.26 and 1.27)."""


def verify_manifests(context: Context, lease: Lease) -> Outcome:
    """Both manifests offer every rendition of the plan, from the same files at the same times, cut where the
    plan says, at the bit rates that the stored files have."""
    plan = _plan(context, lease)
    try:
        hls = {path: _hls(context.storage, plan, path) for path in plan.renditions}
        dash = _dash(context.storage, plan)
        multivariant = read_multivariant(_text(context.storage, plan, HLS), HLS)
    except ManifestError as error:
        raise VerifyError(f"{plan.title}: {error}") from error
    offered = {uri.rpartition("/")[0] for uri in multivariant.media_playlists}
    _expect(offered == hls.keys(), f"{plan.title}: {HLS} offers {sorted(offered)}, planned {sorted(hls)}")
    _expect(dash.keys() == hls.keys(), f"{plan.title}: HLS offers {sorted(hls)}, DASH {sorted(dash)}")
    for path, reference in hls.items():
        _expect(reference.agrees_with(dash[path]), f"{path}: HLS and DASH name other segments or times")
        _check_boundaries(plan, path, reference)
    _check_bandwidth(context.storage, plan, hls, multivariant)
    for finding in check(load_presentation(context.storage, plan)):
        _expect(finding.rule.level != "must", str(finding))
    return Outcome()


def verify_rendition(context: Context, lease: Lease) -> Outcome:
    """Every frame decodes without complaint, is shown at its exact time, and none is missing."""
    plan = _plan(context, lease)
    path = from_json(lease.params, StepParams).rendition
    sound = {audio_path(audio): audio for audio in plan.audio}.get(path)
    stream = _bytes(context.storage, plan, _hls(context.storage, plan, path))
    try:
        decoded = decode(context.children, context.settings.ffmpeg, "audio" if sound else "video", stream)
    except EncodeError as error:
        raise VerifyError(f"{path} does not decode: {error}", evidence=error.evidence) from error
    _expect(not decoded.complaints, f"{path}: the decoder complains: {decoded.complaints[:300]}")
    if sound:
        _check_sound(path, decoded, sound, 1 / plan.grid.rate)
    else:
        _check_pictures(path, decoded, plan)
    return Outcome(cpu=decoded.cpu)


def _plan(context: Context, lease: Lease) -> Plan:
    return artifacts.load_value(context.storage, from_json(lease.params, StepParams).plan, Plan)


def _hls(storage: Storage, plan: Plan, path: str) -> RenditionReference:
    uri = f"{path}/{MEDIA_NAME}"
    return read_media_playlist(_text(storage, plan, uri), uri)


def _dash(storage: Storage, plan: Plan) -> dict[str, RenditionReference]:
    found = read_mpd(_text(storage, plan, DASH), DASH)
    return {reference.init.rpartition("/")[0]: reference for reference in found}


def _text(storage: Storage, plan: Plan, uri: str) -> str:
    with storage.open(f"{plan.root}/{uri}") as file:
        return file.read().decode()


def _bytes(storage: Storage, plan: Plan, reference: RenditionReference) -> Iterator[bytes]:
    for uri in (reference.init, *(segment.uri for segment in reference.segments)):
        with storage.open(f"{plan.root}/{uri}") as file:
            yield file.read()


def _check_boundaries(plan: Plan, path: str, reference: RenditionReference) -> None:
    """Segments start where the plan's do: pictures to the microsecond, sound to half an audio frame."""
    sound = {audio_path(audio): audio for audio in plan.audio}.get(path)
    starts = (Fraction(0), *reference.ends[:-1])
    slack = Fraction(AAC_FRAME, 2 * sound.rung.sample_rate) + ROUNDING if sound else ROUNDING
    planned = plan.grid.segment_times
    if sound:
        planned = planned[
            : len(starts)
        ]  # A last segment shorter than an audio frame has no sound of its own.
    _expect(len(starts) == len(planned), f"{path}: {len(starts)} segments, {len(planned)} planned")
    for number, (found, due) in enumerate(zip(starts, planned, strict=True), start=1):
        _expect(
            abs(found - due) <= slack,
            f"{path}: segment {number} starts at {float(found):.6f} s, planned {float(due):.6f} s",
        )
    length = Fraction(sound.samples, sound.rung.sample_rate) if sound else plan.grid.duration
    _expect(abs(reference.ends[-1] - length) <= ROUNDING, f"{path}: lasts {float(reference.ends[-1]):.6f} s")


def _check_bandwidth(
    storage: Storage, plan: Plan, hls: dict[str, RenditionReference], multivariant: MultivariantReference
) -> None:
    """AVERAGE-BANDWIDTH of each variant against the stored bytes of its pictures and of the largest sound."""
    sizes = {entry.key: entry.size for entry in storage.list(plan.root)}
    named = (s.uri for reference in hls.values() for s in reference.segments)
    lost = next((uri for uri in named if f"{plan.root}/{uri}" not in sizes), None)
    _expect(lost is None, f"{lost} is not stored")
    rates = {
        path: 8 * sum(sizes[f"{plan.root}/{s.uri}"] for s in reference.segments) / reference.ends[-1]
        for path, reference in hls.items()
    }
    sound = max((rates[audio_path(audio)] for audio in plan.audio), default=Fraction(0))
    for variant in multivariant.variants:
        path = variant.uri.rpartition("/")[0]
        measured = rates[path] + (sound if plan.video else 0)
        declared = variant.average_bandwidth
        _expect(
            abs(declared - measured) <= TOLERANCE * measured <= TOLERANCE * variant.bandwidth + 1,
            f"{path}: declares {declared} (at most {variant.bandwidth}) bits/s, has {round(measured)}",
        )


def _check_pictures(path: str, decoded: Decoded, plan: Plan) -> None:
    found, due = len(decoded.times), plan.grid.frames
    _expect(found == due, f"{path}: {found} frames decode, {due} were planned")
    ticks = int(video_timescale(plan.grid.rate) / plan.grid.rate)
    wrong = next((n for n, time in enumerate(decoded.times) if time != n * ticks), None)
    _expect(wrong is None, f"{path}: frame {wrong} is not shown at its time")


def _check_sound(path: str, decoded: Decoded, sound: AudioPlan, slack: Fraction) -> None:
    """Sound starts with the picture, has no hole, and ends within `slack` seconds of the picture's end, or
    within the one audio frame that cannot be cut."""
    due = 0
    for time, samples in zip(decoded.times, decoded.samples, strict=True):
        _expect(time == due, f"{path}: sound due at sample {due} is at {time}")
        due += samples
    gap = Fraction(abs(due - sound.samples), sound.rung.sample_rate)
    _expect(
        gap <= max(slack, Fraction(AAC_FRAME, sound.rung.sample_rate)),
        f"{path}: lasts {due} samples, {sound.samples} were planned",
    )


def _expect(holds: bool, message: str) -> None:
    if not holds:
        raise VerifyError(f"{message}; nothing was published")
