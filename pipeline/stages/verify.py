"""Every part of a rendition is read back and decoded; `check` ties the manifests to what was read."""

from collections.abc import Iterator
from fractions import Fraction

from ladders.grid import video_timescale
from packagers.presentation import INIT_NAME, segment_name
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import EncodeError, VerifyError
from pipeline.ffmpeg.decode import Decoded, decode
from pipeline.job import AudioPlan
from pipeline.stages.context import Context, Outcome
from pipeline.stages.graph import StepParams
from pipeline.stages.measured import MeasuredPart, load_part
from pipeline.stages.parts import Part, parts_at
from pipeline.stages.protection import clear_bytes
from pipeline.stages.reading import AAC_FRAME, expect, plan_of
from pipeline.storage.base import Storage


def verify_rendition(context: Context, lease: Lease) -> Outcome:
    """Every frame decodes without complaint, is shown at its exact time, and none is missing."""
    plan, params = plan_of(context, lease), from_json(lease.params, StepParams)
    path = params.rendition
    sound = plan.sound_at(path)
    measured = load_part(context.storage, plan, path, params.part)
    stored = _stored(context.storage, f"{plan.root}/{path}", measured)
    stream = clear_bytes(context, plan, path, stored, measured.first)
    try:
        decoded = decode(context.children, context.settings.ffmpeg, "audio" if sound else "video", stream)
    except EncodeError as error:
        raise VerifyError(f"{path} does not decode: {error}", evidence=error.evidence) from error
    expect(not decoded.complaints, f"{path}: the decoder complains: {decoded.complaints[:300]}")
    if sound:
        _check_sound(path, decoded, sound, 1 / plan.grid.rate)
    else:
        _check_pictures(path, decoded, parts_at(plan, path)[params.part], plan.grid.rate)
    return Outcome(cpu=decoded.cpu)


def _stored(storage: Storage, folder: str, measured: MeasuredPart) -> Iterator[bytes]:
    """The header of a rendition, and the segments of one part. Raises VerifyError where a fragment is not
    where it was written."""
    yield _bytes(storage, f"{folder}/{INIT_NAME}")
    for number, segment in enumerate(measured.track.segments, start=measured.first):
        name = segment_name(number)
        data = _bytes(storage, f"{folder}/{name}")
        yield data
        # Only now: that it does not decrypt, or is clear, tells more than that it is another.
        path = f"{measured.track.path}/{name}"
        expect(len(data) == segment.size, f"{path}: {len(data)} bytes, {segment.size} were written")
        for point in segment.sync_points:
            found = data[point.offset + 4 : point.offset + 8] == b"moof"
            expect(found, f"{path}: no fragment at byte {point.offset}")


def _bytes(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def _check_pictures(path: str, decoded: Decoded, part: Part, rate: Fraction) -> None:
    found, due = len(decoded.times), part.end - part.start
    expect(found == due, f"{path}: {found} frames decode, {due} were planned")
    ticks = int(video_timescale(rate) / rate)
    wrong = next((n for n, time in enumerate(decoded.times, part.start) if time != n * ticks), None)
    expect(wrong is None, f"{path}: frame {wrong} is not shown at its time")


def _check_sound(path: str, decoded: Decoded, sound: AudioPlan, slack: Fraction) -> None:
    """Sound starts with the picture, has no hole, and ends within `slack` seconds of the picture's end, or
    within the one audio frame that cannot be cut."""
    due = 0
    for time, samples in zip(decoded.times, decoded.samples, strict=True):
        expect(time == due, f"{path}: sound due at sample {due} is at {time}")
        due += samples
    gap = Fraction(abs(due - sound.samples), sound.rung.sample_rate)
    expect(
        gap <= max(slack, Fraction(AAC_FRAME, sound.rung.sample_rate)),
        f"{path}: lasts {due} samples, {sound.samples} were planned",
    )
