"""What is decided of a master: its frames, where decoding starts, its sound. Nothing is read or run."""

from fractions import Fraction

import msgspec
import pytest

from ladders.load import default_ladder
from ladders.model import Ladder, RungDefinition
from pipeline.errors import BadMasterError, UsageError
from pipeline.job import Plan
from pipeline.stages.plan import chunk_seeks, left_out, make_plan, picture_grid, planned
from pipeline.stages.timings import Timing, Timings
from tests.unit.stages.plans import (
    START,
    TICKS,
    audio_stream,
    inspected,
    job,
    pictures,
    plan_of,
    sound,
    video_stream,
)


def video_plan(timing: Timing, **changes: object) -> Plan:
    return plan_of(timing, video=video_stream(**changes))


def test_a_minute_of_film() -> None:
    plan = video_plan(pictures(1500))
    assert plan.video is not None
    assert (plan.grid.rate, plan.grid.frames, plan.grid.duration) == (25, 1500, 60)
    assert plan.grid.chunks == (0, 300, 600, 900, 1200, 1400)
    assert plan.video.origin == START
    assert [rung.name for rung in plan.video.rungs] == ["720", "540", "432", "360", "234"]


def test_the_last_picture_is_shown_as_long_as_it_should() -> None:
    """Ten pictures of 40 ms, the last for half a second: 21.5 frames, rounded."""
    timing = pictures(10)
    held = msgspec.structs.replace(timing, end=timing.ticks[-1] + 45_000)
    assert picture_grid(video_stream(), timing).frames == 10
    assert picture_grid(video_stream(), held).frames == 22


def test_a_changing_rate_is_laid_on_a_constant_one() -> None:
    """Two seconds at 50 frames/s, then two at 10."""
    ticks = (*range(0, 180_000, 1800), *range(180_000, 360_000, 9000))
    grid = picture_grid(video_stream(), Timing(index=0, ticks=ticks, keys=ticks, end=360_000))
    assert (grid.rate, grid.frames) == (50, 200)


def test_decoding_starts_a_key_frame_early() -> None:
    """Chunk 2 starts at frame 200, itself a key frame: its leading pictures need the one before, 150."""
    timing = pictures(650)
    seeks = chunk_seeks(video_stream(), timing, picture_grid(video_stream(), timing))
    assert seeks == (None, Fraction(START, TICKS) + 6, Fraction(START, TICKS) + 14)


@pytest.mark.parametrize(
    ("gop", "seeks"),
    [
        # Key frames at 0, 190, 380, 570: of those not after frame 200, the first but one is the start.
        (190, (None, None, Fraction(190, 25))),
        # Key frames at 0, 90, 180, 270, 360, 450.
        (90, (None, Fraction(90, 25), Fraction(270, 25))),
        (700, (None, None, None)),
    ],
)
def test_few_key_frames(gop: int, seeks: tuple[Fraction | None, ...]) -> None:
    timing = pictures(650, gop=gop, start=0)
    assert chunk_seeks(video_stream(), timing, picture_grid(video_stream(), timing)) == seeks


def test_decoding_starts_early_enough_for_the_picture_on_screen() -> None:
    """At 1 frame/s, frame 192 of 24 frames/s shows the picture of second 8."""
    timing = pictures(26, step=TICKS, gop=3, start=0)
    grid = picture_grid(video_stream(), timing)
    assert (grid.rate, grid.chunks) == (24, (0, 192, 384))
    assert chunk_seeks(video_stream(), timing, grid) == (None, 3, 12)


def test_a_master_without_marked_key_frames_is_decoded_from_its_start() -> None:
    timing = msgspec.structs.replace(pictures(650), keys=())
    assert chunk_seeks(video_stream(), timing, picture_grid(video_stream(), timing)) == (None, None, None)


def test_sound_begins_and_ends_with_the_picture() -> None:
    """Whatever its own start and end are."""
    sounds = [audio_stream(1, "en")]
    plan = plan_of(pictures(1500), sound(1, START + 9000, START + 90_000), video=video_stream(), audio=sounds)
    (audio,) = plan.audio
    assert audio.origin == Fraction(14, 10)
    assert audio.samples == 60 * 48_000
    assert audio.name == "aac128-en"


def test_sound_of_ntsc_film_has_a_whole_number_of_samples() -> None:
    timing = pictures(1501, step=3754, start=0)
    plan = plan_of(timing, sound(1, 0, 1), video=video_stream(), audio=[audio_stream(1, "en")])
    assert plan.grid.rate == Fraction(24000, 1001)
    assert plan.audio[0].samples == 1501 * 2002


def test_sound_alone_has_a_grid_to_measure_time() -> None:
    plan = plan_of(sound(0, 45_000, 945_001), audio=[audio_stream(0, "en")])
    assert plan.video is None
    assert (plan.grid.rate, plan.grid.frames) == (25, 251)
    assert plan.audio[0].origin == Fraction(1, 2)
    assert plan.audio[0].samples == round(Fraction(900_001, TICKS) * 48_000)
    assert planned(plan).frames == 0
    assert plan.renditions == ("audio/aac128-en",)


def test_sound_alone_spans_all_languages() -> None:
    sounds = [audio_stream(0, "en"), audio_stream(1, "fr")]
    plan = plan_of(sound(0, 9000, 90_000), sound(1, 0, 45_000), audio=sounds)
    assert [(audio.origin, audio.samples) for audio in plan.audio] == [(0, 48_000), (0, 48_000)]


def test_sound_without_duration_is_no_title() -> None:
    with pytest.raises(BadMasterError, match="the master's sound has no duration"):
        plan_of(sound(0, 90_000, 90_000), audio=[audio_stream(0, "en")])


def test_one_rendition_a_language() -> None:
    languages = ["en", "fr", "en", "und", "und"]
    sounds = [audio_stream(n + 1, language) for n, language in enumerate(languages)]
    facts = inspected(video_stream(), sounds)
    timings = Timings(streams=(pictures(25), *(sound(n + 1, 0, 1) for n in range(5))))
    plan = make_plan(job(), facts, timings)
    assert [(audio.stream.index, audio.name) for audio in plan.audio] == [
        (1, "aac128-en"),
        (2, "aac128-fr"),
        (4, "aac128-und"),
    ]
    assert [stream.index for stream in left_out(facts, plan)] == [3, 5]


def test_two_codecs_share_the_grid() -> None:
    plan = plan_of(pictures(1500), video=video_stream(), spec=job(("h264", "av1")))
    assert plan.video is not None
    assert plan.video.codecs == ("h264", "av1")
    assert [rung.name for rung in plan.video.rungs_of("av1")] == ["720", "540", "360"]
    assert planned(plan).encode_frames == 2 * 1500


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"rotation": 90}, (720, 1280)),
        ({"width": 960, "sar": Fraction(4, 3)}, (1280, 720)),
        ({"width": 960, "sar": Fraction(4, 3), "rotation": 270}, (720, 1280)),
    ],
)
def test_rungs_are_upright_and_have_square_pixels(changes: dict[str, object], size: tuple[int, int]) -> None:
    plan = video_plan(pictures(25), **changes)
    assert plan.video is not None
    assert (plan.video.rungs[0].width, plan.video.rungs[0].height) == size


def test_a_ladder_that_no_level_admits_is_a_usage_error() -> None:
    rung = RungDefinition(name="huge", box=(16_000, 9000), crf=22, maxrate=9, bufsize=9)
    ladder = Ladder(name="huge", codec="h264", preset="fast", rungs=(rung,))
    with pytest.raises(UsageError, match=r"--ladder: no h264 level admits 16000x9000 at 25\.000 frames/s"):
        plan_of(pictures(25), video=video_stream(width=16_000, height=9000), spec=job(ladders=(ladder,)))


def version(digest: str = "d", master: str = "/film.ts", **changes: object) -> str:
    facts = inspected(video_stream(), master=master, digest=digest)
    return make_plan(job(**changes), facts, Timings(streams=(pictures(25),))).version


def test_a_version_is_named_by_what_decides_its_bytes() -> None:
    assert version() == version(master="/elsewhere/film.ts", size=2, mtime=2)
    others = [
        version(digest="other"),
        version(title="other"),
        version(tools="ffmpeg 10"),
        version(ladders=(default_ladder("av1"),)),
    ]
    assert len({version(), *others}) == 5
