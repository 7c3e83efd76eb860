"""Sound made by hand, packaged: literal borders, durations and refusals."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from encoder_output import AAC_LC, MP4A, encoded, encoded_audio, fragment, opener

from packagers.cmaf import AudioPlan, CmafError, Rendition, package_audio
from packagers.mp4.box import Opaque, Parent
from packagers.mp4.dump import dump
from packagers.mp4.edit import EditList
from packagers.mp4.fragment import SAMPLES, TrackFragmentDecodeTime, TrackRun
from packagers.mp4.parse import parse
from packagers.presentation import AudioFormat, Segment

# 10000 samples of sound behind 1024 of priming fill ten units of 1024 and 784 samples of an eleventh.
PLAN = AudioPlan(segment_starts=(Fraction(0), Fraction(1, 12), Fraction(3, 20)), total_samples=10000)


def rendition(data: bytes | None = None, plan: AudioPlan = PLAN, language: str = "en-GB") -> Rendition:
    return package_audio(plan, opener(data or encoded_audio(12)), language=language)


def text(data: bytes) -> str:
    return "".join(f"{line}\n" for line in dump(io.BytesIO(data)))


def media(packaged: Rendition) -> list[bytes]:
    return [
        box.data
        for segment in packaged.segments()
        for box in parse(segment.to_bytes())
        if isinstance(box, Opaque)
    ]


def test_the_header(golden: Callable[[str, str], None]) -> None:
    golden("mp4/audio-init.txt", text(rendition().header))


def test_the_last_segment(golden: Callable[[str, str], None]) -> None:
    golden("mp4/audio-segment.txt", text(list(rendition().segments())[-1].to_bytes()))


def test_what_a_manifest_needs() -> None:
    packaged = rendition()
    assert packaged.codecs == "mp4a.40.2"
    assert packaged.timescale == 48000
    assert packaged.format == AudioFormat(48000, 2)


def test_segments_break_at_the_unit_nearest_to_the_video() -> None:
    # 1/12 s is sample 4000, or 5024 with the priming: nearest to unit 5. 3/20 s is 7200 or 8224: unit 8.
    assert media(rendition()) == [b"<0><1><2><3><4>", b"<5><6><7>", b"<8><9><10>"]


def test_durations_are_what_is_presented() -> None:
    assert [segment.info for segment in rendition().segments()] == [
        Segment(4096, 167),
        Segment(3072, 153),
        Segment(2832, 166),
    ]


def test_decode_times_count_the_priming() -> None:
    times = [
        box.one("traf/tfdt", TrackFragmentDecodeTime).base_media_decode_time
        for segment in rendition().segments()
        for box in parse(segment.to_bytes())
        if isinstance(box, Parent)
    ]
    assert times == [0, 5120, 8192]


def test_the_last_unit_is_shortened_to_the_end_of_the_sound() -> None:
    *_, last = rendition().segments()
    _, moof, _ = parse(last.to_bytes())
    assert isinstance(moof, Parent)
    assert moof.one("traf/trun", TrackRun).samples["sample_duration"].tolist() == [1024, 1024, 784]


def test_no_unit_is_shortened_when_the_sound_ends_with_one() -> None:
    plan = AudioPlan(segment_starts=(Fraction(0),), total_samples=10 * 1024)
    (segment,) = rendition(plan=plan).segments()
    _, moof, _ = parse(segment.to_bytes())
    assert isinstance(moof, Parent)
    assert moof.one("traf/trun", TrackRun).samples.columns == ("sample_size",)
    assert segment.info.duration == 10240


def test_a_segment_that_would_be_empty_is_left_out() -> None:
    starts = (Fraction(0), Fraction(1, 1000), Fraction(1, 12), Fraction(1, 11), Fraction(20))
    packaged = rendition(plan=AudioPlan(segment_starts=starts, total_samples=10000))
    assert media(packaged) == [b"<0><1><2><3><4>", b"<5><6><7><8><9><10>"]


def test_sound_without_priming_needs_no_edit() -> None:
    packaged = rendition(encoded_audio(12, skip=0))
    movie = parse(packaged.header)[1]
    assert isinstance(movie, Parent)
    assert list(movie.find("trak/edts/elst", EditList)) == []
    assert [segment.info.duration for segment in packaged.segments()] == [4096, 3072, 2832]


def broken(time: int = 0, sync: bool = True) -> bytes:
    samples = SAMPLES.table(sample_size=[1])
    return encoded(MP4A, 48000, [fragment(time, 1024, samples, b"x", sync=sync)], skip=0)


REFUSED = {
    "too short": (encoded_audio(10), "expected 11 access units for 10000 samples, found 10"),
    "priming not told": (
        encoded_audio(12, skip=None),
        "no edit list tells the priming: encode with -movflags +delay_moov",
    ),
    "a gap": (broken(time=1), "expected sync sample 0 at time 0, found time 1 and sync True"),
    "another rate than the timescale": (
        encoded_audio(12, entry=replace(MP4A, sample_rate=Fraction(44100))),
        "expected timescale 44100, the sample rate, found 48000",
    ),
    "a broken configuration": (
        encoded_audio(12, entry=replace(MP4A, children=(replace(AAC_LC, descriptor=b"\3"),))),
        "esds at byte 1: needs 1 more bytes and has 0",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_sound_that_cannot_fill_the_plan_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(CmafError) as caught:
        rendition(data)
    assert str(caught.value) == f"audio: {message}"


@pytest.mark.parametrize(
    ("starts", "total"),
    [((), 1), ((1,), 1), ((0, 2, 2), 1), ((0,), 0)],
    ids=["none", "late", "equal", "empty"],
)
def test_a_plan_that_makes_no_sense_is_refused(starts: tuple[int, ...], total: int) -> None:
    with pytest.raises(CmafError, match=r"rise from 0|is empty"):
        AudioPlan(tuple(map(Fraction, starts)), total)
