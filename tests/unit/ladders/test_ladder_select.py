"""Which rungs a source gets."""

from fractions import Fraction
from itertools import pairwise
from string import ascii_lowercase

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladders.load import default_ladder
from ladders.model import (
    MIN_SIDE,
    AudioDefinition,
    AudioRung,
    Codec,
    Ladder,
    LadderError,
    Rung,
    RungDefinition,
    SourceFacts,
)
from ladders.rates import STANDARD_RATES
from ladders.select import audio_rung, select_rungs

H264 = default_ladder("h264")


def ladder_of(*boxes: tuple[int, int]) -> Ladder:
    """A ladder whose rungs are named a, b, c ..."""
    return Ladder(
        name="test",
        codec="h264",
        preset="medium",
        rungs=tuple(
            RungDefinition(name=name, box=box, crf=22, maxrate=1_000_000, bufsize=2_000_000)
            for name, box in zip(ascii_lowercase, boxes, strict=False)
        ),
    )


def chosen(width: int, height: int, rate: str = "25", codec: Codec = "h264") -> str:
    facts = SourceFacts(width=width, height=height, frame_rate=Fraction(rate))
    rungs = select_rungs(default_ladder(codec), facts)
    return " ".join(f"{rung.name}:{rung.width}x{rung.height}" for rung in rungs)


@pytest.mark.parametrize(
    ("size", "rungs"),
    [
        ((1920, 1080), "1080:1920x1080 720:1280x720 540:960x540 432:768x432 360:640x360 234:416x234"),
        ((3840, 2160), "1080:1920x1080 720:1280x720 540:960x540 432:768x432 360:640x360 234:416x234"),
        # A wide film fills the width of each box.
        ((1920, 800), "1080:1920x800 720:1280x534 540:960x400 432:768x320 360:640x266 234:416x174"),
        # Television fills the height.
        ((720, 540), "540:720x540 432:576x432 360:480x360 234:312x234"),
        # For a portrait source the boxes stand upright.
        ((1080, 1920), "1080:1080x1920 720:720x1280 540:540x960 432:432x768 360:360x640 234:234x416"),
        ((404, 720), "432:404x720 360:360x640 234:234x416"),
        ((1000, 1000), "1080:1000x1000 720:720x720 540:540x540 432:432x432 360:360x360 234:234x234"),
        # Between two boxes, the upper rung has the source's own size,
        ((1600, 900), "1080:1600x900 720:1280x720 540:960x540 432:768x432 360:640x360 234:416x234"),
        # unless the lower one is 90 % of it.
        ((798, 332), "432:768x320 360:640x266 234:416x174"),
        ((1422, 800), "720:1280x720 540:960x540 432:768x432 360:640x360 234:416x234"),
        ((1424, 801), "1080:1424x800 720:1280x720 540:960x540 432:768x432 360:640x360 234:416x234"),
        # Odd sides lose a line.
        ((1433, 537), "1080:1432x536 720:1280x480 540:960x360 432:768x288 360:640x240 234:416x156"),
        # Smaller than every box: one rung, not six of one size.
        ((161, 121), "234:160x120"),
        ((10, 12), "234:16x16"),
    ],
)
def test_sizes(size: tuple[int, int], rungs: str) -> None:
    assert chosen(*size) == rungs


def test_av1_has_fewer_rungs() -> None:
    assert chosen(1920, 1080, codec="av1") == "1080:1920x1080 720:1280x720 540:960x540 360:640x360"


def test_a_whole_rung() -> None:
    facts = SourceFacts(width=3840, height=2160, frame_rate=Fraction(60))
    assert select_rungs(H264, facts)[0] == Rung(
        name="1080",
        codec="h264",
        width=1920,
        height=1080,
        crf=22.5,
        maxrate=9_000_000,
        bufsize=18_000_000,
        preset="medium",
        level="4.2",
    )


@pytest.mark.parametrize(("rate", "cap"), [("24", 6_000_000), ("30", 6_000_000), ("48", 9_000_000)])
def test_caps_rise_above_thirty_frames(rate: str, cap: int) -> None:
    facts = SourceFacts(width=1920, height=1080, frame_rate=Fraction(rate))
    assert select_rungs(H264, facts)[0].maxrate == cap


def test_levels_follow_size_and_rate() -> None:
    facts = SourceFacts(width=1280, height=720, frame_rate=Fraction(30))
    assert [rung.level for rung in select_rungs(H264, facts)] == ["3.1", "3.1", "3.0", "3.0", "1.3"]


def test_a_rung_that_no_level_admits_is_refused() -> None:
    huge = SourceFacts(width=16_000, height=9_000, frame_rate=Fraction(60))
    with pytest.raises(LadderError, match="no h264 level admits 16000x9000"):
        select_rungs(ladder_of((16_000, 9_000)), huge)


def test_the_sound_s_name_tells_codec_and_bit_rate() -> None:
    assert audio_rung(H264) == AudioRung(
        name="aac128", codec="aac", bitrate=128_000, sample_rate=48_000, channels=2
    )
    small = msgspec.structs.replace(H264, audio=AudioDefinition(bitrate=64_500))
    assert audio_rung(small).name == "aac64"


sources = st.builds(
    SourceFacts,
    width=st.integers(160, 8192),
    height=st.integers(160, 8192),
    frame_rate=st.sampled_from(STANDARD_RATES),
)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    longs = draw(st.lists(st.integers(160, 3840), min_size=1, max_size=7, unique=True))
    shorts = draw(st.lists(st.integers(120, 2160), min_size=len(longs), max_size=len(longs)))
    pairs = zip(sorted(longs, reverse=True), sorted(shorts, reverse=True), strict=True)
    return ladder_of(*((max(pair), min(pair)) for pair in pairs))


@given(ladders(), sources)
def test_rungs_descend_and_are_never_scaled_up(ladder: Ladder, source: SourceFacts) -> None:
    rungs = select_rungs(ladder, source)
    assert rungs
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width <= source.width
        assert rung.height <= source.height
    for above, below in pairwise(rungs):
        assert below.width <= above.width
        assert below.height <= above.height
        assert (below.width, below.height) != (above.width, above.height)
    assert len({rung.name for rung in rungs}) == len(rungs)


@given(ladders(), sources)
def test_the_picture_keeps_its_shape_to_a_pixel(ladder: Ladder, source: SourceFacts) -> None:
    """One scale fits both sides to within a pixel, unless the picture is so long that the shorter one had
    to be raised to the least that encoders take."""
    for rung in select_rungs(ladder, source):
        if min(rung.width, rung.height) > MIN_SIDE:
            least = max(Fraction(rung.width - 1, source.width), Fraction(rung.height - 1, source.height))
            most = min(Fraction(rung.width + 1, source.width), Fraction(rung.height + 1, source.height))
            assert least <= most
