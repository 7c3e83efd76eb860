"""Seventh stage: a rendition is read back through its playlist and decoded, every part of it."""

from fractions import Fraction

from ladders.grid import video_timescale
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import EncodeError, VerifyError
from pipeline.ffmpeg.decode import Decoded, decode
from pipeline.job import AudioPlan
from pipeline.stages.context import Context, Outcome
from pipeline.stages.graph import StepParams
from pipeline.stages.parts import Part, parts_of
from pipeline.stages.protection import clear_bytes
from pipeline.stages.reading import AAC_FRAME, expect, plan_of, playlist_of


def verify_rendition(context: Context, lease: Lease) -> Outcome:
    """Every frame decodes without complaint, is shown at its exact time, and none is missing."""
    plan, params = plan_of(context, lease), from_json(lease.params, StepParams)
    path = params.rendition
    sound = plan.sound_at(path)
    part = None if sound else parts_of(plan.grid)[params.part]
    reference = playlist_of(context.storage, plan, path)
    numbers = range(part.first, part.last) if part else range(len(reference.segments))
    stream = clear_bytes(context, plan, path, reference, numbers)
    try:
        decoded = decode(context.children, context.settings.ffmpeg, "audio" if sound else "video", stream)
    except EncodeError as error:
        raise VerifyError(f"{path} does not decode: {error}", evidence=error.evidence) from error
    expect(not decoded.complaints, f"{path}: the decoder complains: {decoded.complaints[:300]}")
    if sound:
        _check_sound(path, decoded, sound, 1 / plan.grid.rate)
    if part:
        _check_pictures(path, decoded, part, plan.grid.rate)
    return Outcome(cpu=decoded.cpu)


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
