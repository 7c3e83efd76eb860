"""Whole ffmpeg commands, as text in tests/golden/argv; and that nothing of a step is forgotten in them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ladders.grid import Span, divided
from ladders.model import AudioRung, Codec, Rung
from pipeline.ffmpeg.argv import ChunkInput, encode_audio, encode_chunk, poster
from pipeline.ffmpeg.picture import output_colour
from pipeline.ffmpeg.source import Remote
from pipeline.media import AudioStream, Colour, VideoStream
from tests.support.commands import pretty

MASTER = Path("/masters/film.mov")
OUT = Path("/scratch")
NTSC_FILM = Fraction(24000, 1001)

HD = VideoStream(
    index=0,
    codec="h264",
    width=1920,
    height=1080,
    sar=Fraction(1),
    rotation=0,
    pixel_format="yuv420p",
    interlaced=False,
    colour=Colour(primaries="bt709", transfer="bt709", matrix="bt709"),
    time_base=Fraction(1, 24_000),
    rate=NTSC_FILM,
    frames=6000,
    duration=Fraction(6_006_000, 24_000),
)
PQ = Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc")

FILM = divided(NTSC_FILM, 6000)
FIRST, MIDDLE, *_ = FILM.spans()


def rung(codec: Codec, width: int, height: int, **changes: Any) -> Rung:
    levels = {"h264": "3.1", "av1": "3.0"}
    whole = Rung(
        name=str(min(width, height)),
        codec=codec,
        width=width,
        height=height,
        crf=22.5 if codec == "h264" else 34,
        maxrate=3_400_000,
        bufsize=6_800_000,
        preset="medium" if codec == "h264" else "8",
        level=levels[codec],
    )
    return msgspec.structs.replace(whole, **changes)


H264 = (rung("h264", 1280, 720), rung("h264", 640, 360, level="3.0"))


def chunk(stream: VideoStream = HD, **changes: Any) -> ChunkInput:
    whole = ChunkInput(stream=stream, rate=FILM.rate, origin=0, seek=None, span=FIRST, last=False)
    return msgspec.structs.replace(whole, **changes)


def command(part: ChunkInput, *rungs: Rung) -> str:
    return pretty(encode_chunk("/usr/bin/ffmpeg", MASTER, part, {OUT / f"{r.name}.mp4": r for r in rungs}))


def hd(**changes: Any) -> VideoStream:
    return msgspec.structs.replace(HD, **changes)


COMMANDS: dict[str, tuple[ChunkInput, tuple[Rung, ...]]] = {
    "h264-first": (chunk(), H264),
    "h264-seek": (chunk(origin=2002, seek=Fraction(20020, 1000), span=MIDDLE), H264),
    "h264-last": (chunk(span=Span(start=576, end=600, idr=(576,)), last=True), H264[:1]),
    "av1": (chunk(), (rung("av1", 1280, 720), rung("av1", 640, 360))),
    "portrait": (chunk(hd(rotation=90)), (rung("h264", 720, 1280),)),
    "upside-down": (chunk(hd(rotation=180)), H264[:1]),
    "interlaced": (chunk(hd(interlaced=True, width=720, height=576, colour=Colour())), H264[1:]),
    "hdr": (chunk(hd(colour=PQ, pixel_format="yuv420p10le")), H264[:1]),
    "anamorphic": (chunk(hd(width=1440, sar=Fraction(4, 3))), H264[:1]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_pictures(name: str, golden: Callable[[str, str], None]) -> None:
    part, rungs = COMMANDS[name]
    golden(f"argv/{name}.txt", command(part, *rungs))


SOUND = AudioStream(
    index=1,
    codec="pcm_s24le",
    sample_rate=44_100,
    channels=6,
    layout="5.1",
    language="en",
    time_base=Fraction(1, 44_100),
    frames=0,
    duration=None,
)
STEREO = AudioRung(name="aac128", codec="aac", bitrate=128_000, sample_rate=48_000, channels=2)


def sound(stream: AudioStream = SOUND, rung: AudioRung = STEREO, **changes: Any) -> str:
    place = {"origin": Fraction(1001, 12_000), "samples": 3_003_000, **changes}
    return pretty(encode_audio("ffmpeg", MASTER, stream, rung=rung, path=OUT / "audio.mp4", **place))


def test_sound(golden: Callable[[str, str], None]) -> None:
    golden("argv/audio.txt", sound())


def test_a_master_in_a_bucket(golden: Callable[[str, str], None]) -> None:
    """Its signed URL is not in the command."""
    proxy = {"http_proxy": "http://ffmpeg:secret@127.0.0.1:5", "no_proxy": "films.s3.amazonaws.com"}
    master = Remote("http://master.invalid/masters/0a/film.mov", "/etc/ssl/certs/ca-certificates.crt", proxy)
    argv = encode_audio("ffmpeg", master, SOUND, Fraction(0), 48_000, STEREO, OUT / "audio.mp4")
    golden("argv/remote.txt", pretty(argv))


def test_a_master_in_a_bucket_of_this_machine(golden: Callable[[str, str], None]) -> None:
    master = Remote("http://master.invalid/masters/0a/film.mov", "", {})
    argv = poster("ffmpeg", master, HD, Fraction(20), OUT / "poster.jpg")
    golden("argv/remote-plain.txt", pretty(argv))


def test_a_poster(golden: Callable[[str, str], None]) -> None:
    tall = hd(width=1080, height=1920, rotation=0)
    golden("argv/poster.txt", pretty(poster("ffmpeg", MASTER, tall, Fraction(1001, 80), OUT / "poster.jpg")))


def test_a_poster_of_a_small_master_is_not_scaled_up() -> None:
    assert "scale=" in (
        text := pretty(poster("ffmpeg", MASTER, hd(width=320, height=180), None, OUT / "p.jpg"))
    )
    assert "h=180:" in text
    assert "w=320" in text
    assert "-ss" not in text


OTHER_RUNG = {
    "codec": ("h264", "av1"),
    "width": (1280, 1278),
    "height": (720, 718),
    "crf": (22.5, 23),
    "maxrate": (3_400_000, 3_400_001),
    "bufsize": (6_800_000, 6_800_001),
    "preset": ("medium", "slow"),
    "level": ("3.1", "3.2"),
}


@pytest.mark.parametrize("codec", ["h264", "av1"])
@pytest.mark.parametrize("field", [field for field in Rung.__struct_fields__ if field != "name"])
def test_every_field_of_a_rung_changes_the_command(field: str, codec: Codec) -> None:
    """But its name, which names the output file."""
    own, other = rung(codec, 1280, 720), msgspec.structs.replace(rung(codec, 1280, 720))
    first, second = OTHER_RUNG[field]
    value = second if getattr(own, field) == first else first
    other = msgspec.structs.replace(own, **{field: value})
    assert command(chunk(), own) != command(chunk(), other)


OTHER_CHUNK: dict[str, object] = {
    "stream": hd(index=2),
    "rate": Fraction(24),
    "origin": 1,
    "seek": Fraction(1),
    "span": MIDDLE,
    "last": True,
}


@pytest.mark.parametrize("field", ChunkInput.__struct_fields__)
def test_every_field_of_a_chunk_changes_the_command(field: str) -> None:
    other = msgspec.structs.replace(chunk(), **{field: OTHER_CHUNK[field]})
    assert command(chunk(), *H264) != command(other, *H264)


OTHER_SOUND = {
    "stream": msgspec.structs.replace(SOUND, index=2),
    "origin": Fraction(0),
    "samples": 1,
    "rung": msgspec.structs.replace(STEREO, bitrate=96_000),
}


@pytest.mark.parametrize("argument", OTHER_SOUND)
def test_every_part_of_a_sound_changes_the_command(argument: str) -> None:
    assert sound(**{argument: OTHER_SOUND[argument]}) != sound()


@pytest.mark.parametrize("field", ["bitrate", "sample_rate"])
def test_every_field_of_an_audio_rung_changes_the_command(field: str) -> None:
    """`codec` and `channels` have one value each so far; the name names the output."""
    other = msgspec.structs.replace(STEREO, **{field: 44_100})
    assert sound(rung=other) != sound()


def test_rungs_are_scaled_from_the_next_larger_whatever_their_order() -> None:
    assert command(chunk(), *H264) == command(chunk(), *reversed(H264))


@pytest.mark.parametrize(
    "name", ["-i.mov", "film %03d.mov", "concat:a|b", "http://host/film.mov", "a:b,c[1]"]
)
def test_a_master_s_name_is_a_name(name: str) -> None:
    """Never an option, a pattern or a protocol."""
    argv = encode_chunk("ffmpeg", Path(name), chunk(), {Path("-out.mp4"): H264[0]})
    assert argv[argv.index("-i") + 1] == f"file:{name.replace('//', '/')}"
    assert argv[-2:] == ["file:-out.mp4", "-y"]


@pytest.mark.parametrize(
    ("stream", "colour"),
    [
        (HD, ("bt709", "bt709", "bt709")),
        (hd(colour=Colour()), ("bt709", "bt709", "bt709")),
        (hd(colour=Colour(), width=720, height=576), ("smpte170m", "bt709", "smpte170m")),
        (hd(colour=PQ), ("bt709", "bt709", "bt709")),
        (hd(colour=Colour(transfer="arib-std-b67", matrix="bt2020nc")), ("bt709", "bt709", "bt709")),
        (
            hd(colour=Colour(primaries="bt470bg", transfer="gamma28", matrix="bt470bg")),
            ("bt470bg", "bt709", "bt470bg"),
        ),
        # A portrait of 404x720 is as much HD as it would be lying down.
        (hd(colour=Colour(), width=404, height=720), ("bt709", "bt709", "bt709")),
        (hd(colour=Colour(), width=720, height=404, rotation=90), ("bt709", "bt709", "bt709")),
    ],
)
def test_output_colour(stream: VideoStream, colour: tuple[str, str, str]) -> None:
    out = output_colour(stream)
    assert (out.primaries, out.transfer, out.matrix) == colour
    assert not out.full_range
