"""Beside the decoders: both manifests against each other, against the plan and against the stored files."""

from fractions import Fraction

from packagers import bitrate
from packagers.dash import read_mpd
from packagers.hls import IFRAME_NAME, MEDIA_NAME, read_media_playlist, read_multivariant
from packagers.hls.readback import MultivariantReference
from packagers.presentation import INIT_NAME, Segment, round_half_up, segment_name
from packagers.readback import ManifestError, MediaReference, RenditionReference
from packagers.rules import check
from pipeline.catalog.records import Lease
from pipeline.errors import VerifyError
from pipeline.job import Plan, audio_path
from pipeline.stages.context import Context, Outcome
from pipeline.stages.manifests import DASH, HLS, has_dash, load_presentation
from pipeline.stages.measured import load_track
from pipeline.stages.protection import class_of
from pipeline.stages.reading import AAC_FRAME, expect, plan_of, playlist_of, text_of
from pipeline.stages.signalling import key_path
from pipeline.storage.base import Storage

ROUNDING = Fraction(1, 1_000_000)
"""Seconds: EXTINF is written in microseconds."""

TOLERANCE = Fraction(1, 10)
"""How far a declared bit rate may be from the measured one (HLS authoring rules 1.26 and 1.27)."""


def verify_manifests(context: Context, lease: Lease) -> Outcome:
    """Both manifests offer every rendition of the plan, from the same files at the same times, cut where the
    plan says, at the bit rates that the stored files have."""
    plan = plan_of(context, lease)
    try:
        _check_manifests(context.storage, plan)
    except ManifestError as error:
        raise VerifyError(f"{plan.title}: {error}") from error
    for finding in check(load_presentation(context.storage, plan)):
        expect(finding.rule.level != "must", str(finding))
    return Outcome()


def _check_manifests(storage: Storage, plan: Plan) -> None:
    hls = {path: playlist_of(storage, plan, path) for path in plan.renditions}
    dash = _dash(storage, plan) if has_dash(plan.protection) else hls
    multivariant = read_multivariant(text_of(storage, plan, HLS), HLS)
    offered = {uri.rpartition("/")[0] for uri in multivariant.media_playlists}
    expect(offered == hls.keys(), f"{plan.title}: {HLS} offers {sorted(offered)}, planned {sorted(hls)}")
    expect(dash.keys() == hls.keys(), f"{plan.title}: HLS offers {sorted(hls)}, DASH {sorted(dash)}")
    for path, reference in hls.items():
        expect(reference.agrees_with(dash[path]), f"{path}: HLS and DASH name other segments or times")
        for told in (reference, dash[path]):
            _check_protection(plan, path, told)
        _check_clear(storage, plan, path, reference)
        _check_boundaries(plan, path, reference)
        _check_names(path, reference)
    _check_bandwidth(storage, plan, hls, multivariant)
    _check_iframes(storage, plan, multivariant)


def _check_protection(plan: Plan, path: str, reference: RenditionReference) -> None:
    """What a manifest says of a rendition's encryption is what was planned."""
    planned, told = plan.protection, reference.protection
    if planned is None or told is None:
        both = planned is None and told is None
        expect(both, f"{path}: encrypted in one of plan and manifest alone")
        return
    expect(told.scheme == planned.scheme, f"{path}: {told.scheme} in a manifest, planned {planned.scheme}")
    kid = planned.kid_of(class_of(plan, path))
    expect(told.kid in (None, kid), f"{path}: a manifest names another key than {kid.hex()}")


def _check_clear(storage: Storage, plan: Plan, path: str, hls: RenditionReference) -> None:
    """A playlist has its key from the segment on where the plan has; by the address of the key that it names,
    where it gives no other id."""
    if plan.protection is None or hls.protection is None:
        return
    found, due = hls.protection.clear_segments, plan.protection.clear_segments
    expect(found == due, f"{path}: a playlist has {found} clear segments, planned {due}")
    if plan.protection.scheme == "aes-128":
        uri = key_path(plan.protection.kid_of(class_of(plan, path)))
        text = text_of(storage, plan, f"{path}/{MEDIA_NAME}")
        expect(f'URI="{uri}"' in text, f"{path}: a playlist names another key than {uri}")


def _check_bandwidth(
    storage: Storage, plan: Plan, hls: dict[str, RenditionReference], multivariant: MultivariantReference
) -> None:
    """BANDWIDTH and AVERAGE-BANDWIDTH of each variant against the stored bytes of its pictures and of the
    largest sound."""
    sizes = {entry.key: entry.size for entry in storage.list(plan.root)}
    named = (s.uri for reference in hls.values() for s in reference.segments)
    lost = next((uri for uri in named if f"{plan.root}/{uri}" not in sizes), None)
    expect(lost is None, f"{lost} is not stored")
    longest = max(s.duration for reference in hls.values() for s in reference.segments)
    target = max(1, round_half_up(longest))
    rates = {path: _rates(plan, sizes, reference.segments, target) for path, reference in hls.items()}
    sounds = [rates[audio_path(audio)] for audio in plan.audio] if plan.video else []
    for variant in multivariant.variants:
        path = variant.uri.rpartition("/")[0]
        declared = (variant.average_bandwidth, variant.bandwidth)
        for index, name in enumerate(("AVERAGE-BANDWIDTH", "BANDWIDTH")):
            measured = rates[path][index] + max((sound[index] for sound in sounds), default=0)
            expect(
                abs(declared[index] - measured) <= TOLERANCE * measured,
                f"{path}: declares {name} {declared[index]}, has {measured} bits/s",
            )


def _rates(
    plan: Plan, sizes: dict[str, int], segments: tuple[MediaReference, ...], target: int
) -> tuple[int, int]:
    """Average and peak bits per second of stored segments."""
    pieces = [Segment(round(s.duration / ROUNDING), sizes[f"{plan.root}/{s.uri}"]) for s in segments]
    timescale = int(1 / ROUNDING)
    return bitrate.average(pieces, timescale), bitrate.peak(pieces, timescale, target)


def _check_iframes(storage: Storage, plan: Plan, multivariant: MultivariantReference) -> None:
    """Every rung has an I-frame playlist, whose byte ranges are the fragments that start at the plan's IDR
    frames."""
    if not has_dash(plan.protection):
        # Nor are there byte ranges of segments that are encrypted whole.
        expect(not multivariant.iframes, f"{HLS} offers I-frames, which cannot be decrypted alone")
        return
    due = {f"{path}/{IFRAME_NAME}" for path in plan.renditions if path.startswith("video/")}
    offered = {stream.uri for stream in multivariant.iframes}
    expect(offered == due, f"{HLS} offers I-frames at {sorted(offered)}, due at {sorted(due)}")
    times = [frame / plan.grid.rate for frame in plan.grid.idr]
    for uri in sorted(due):
        reference = read_media_playlist(text_of(storage, plan, uri), uri)
        starts = (Fraction(0), *reference.ends[:-1])
        expect(len(starts) == len(times), f"{uri}: {len(starts)} I-frames, {len(times)} planned")
        for start, time in zip(starts, times, strict=True):
            expect(abs(start - time) <= ROUNDING, f"{uri}: an I-frame is at {float(start):.6f} s")
        found = [(entry.uri, entry.byte_range) for entry in reference.segments]
        expect(found == _written(storage, plan, uri), f"{uri}: I-frames elsewhere than they were written")


def _written(storage: Storage, plan: Plan, uri: str) -> list[tuple[str, tuple[int, int] | None]]:
    """Where packaging wrote I-frames, of which the verification of each part found the fragments."""
    path = uri.rpartition("/")[0]
    segments = load_track(storage, plan.root, path).segments
    return [
        (f"{path}/{segment_name(number)}", (point.offset, point.size))
        for number, segment in enumerate(segments, start=1)
        for point in segment.sync_points
    ]


def _check_names(path: str, reference: RenditionReference) -> None:
    """A playlist has the files that are verified, in their order."""
    due = [f"{path}/{segment_name(number)}" for number in range(1, len(reference.segments) + 1)]
    found = [entry.uri for entry in reference.segments]
    expect(found == due, f"{path}: other segments than {due[0]} and on")
    expect(reference.init == f"{path}/{INIT_NAME}", f"{path}: another header than {INIT_NAME}")


def _check_boundaries(plan: Plan, path: str, reference: RenditionReference) -> None:
    """Segments start where the plan's do: pictures to the microsecond, sound to half an audio frame."""
    sound = plan.sound_at(path)
    starts = (Fraction(0), *reference.ends[:-1])
    slack = Fraction(AAC_FRAME, 2 * sound.rung.sample_rate) + ROUNDING if sound else ROUNDING
    planned = plan.grid.segment_times
    if sound:
        # A last segment shorter than an audio frame has no sound of its own.
        planned = planned[: len(starts)]
    expect(len(starts) == len(planned), f"{path}: {len(starts)} segments, {len(planned)} planned")
    for number, (found, due) in enumerate(zip(starts, planned, strict=True), start=1):
        expect(
            abs(found - due) <= slack,
            f"{path}: segment {number} starts at {float(found):.6f} s, planned {float(due):.6f} s",
        )
    length = Fraction(sound.samples, sound.rung.sample_rate) if sound else plan.grid.duration
    expect(abs(reference.ends[-1] - length) <= ROUNDING, f"{path}: lasts {float(reference.ends[-1]):.6f} s")


def _dash(storage: Storage, plan: Plan) -> dict[str, RenditionReference]:
    found = read_mpd(text_of(storage, plan, DASH), DASH)
    return {reference.init.rpartition("/")[0]: reference for reference in found}
