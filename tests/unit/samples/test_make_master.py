"""Masters as they are decoded: every frame in its place, flash with beep, the same bytes each time."""

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from samples.master import MasterSpec, Picture, Track, hum_hz, make_master, shot_starts
from tests.support.barcode import flash_on, read_frame_number
from tests.support.beeps import beep_onsets, hum_pitch
from tests.support.decode import frames, sound

ROOT = Path(__file__).parents[3]
SMALL = Picture(160, 96, Fraction(25))
TWO_SECONDS = MasterSpec(Fraction(2), SMALL)

RATES_AND_SIZES = [
    pytest.param(Picture(640, 360, Fraction(24000, 1001)), [0, 24, 48], [0, 1.001, 2.002], id="23.976"),
    pytest.param(Picture(404, 720, Fraction(25)), [0, 25, 50], [0, 1, 2], id="25-portrait"),
    pytest.param(Picture(161, 121, Fraction(30000, 1001)), [0, 30, 60], [0, 1.001, 2.002], id="29.97-odd"),
    pytest.param(Picture(426, 240, Fraction(60)), [0, 60, 120], [0, 1, 2], id="60"),
    pytest.param(Picture(320, 180, Fraction(25, 2)), [0, 13, 25], [0, 1.04, 2], id="12.5"),
]


def made(folder: Path, spec: MasterSpec, name: str = "master.mp4") -> Path:
    make_master(folder / name, spec)
    return folder / name


def numbers(path: Path) -> list[int]:
    return [read_frame_number(frame.luma) for frame in frames(path)]


def flashes(path: Path) -> list[int]:
    return [number for number, frame in enumerate(frames(path)) if flash_on(frame.luma)]


def beeps(path: Path, track: int = 0, channel: int = 0) -> list[Fraction]:
    heard = sound(path, track)
    return [heard.start + onset for onset in beep_onsets(heard.samples[:, channel], heard.sample_rate)]


def small_bad_copy(path: Path, width: int, height: int) -> Path:
    """Like the worst rung of a ladder."""
    copy = path.with_name("copy.mp4")
    shape = ["-vf", f"scale={width}:{height},format=yuv420p", "-an"]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "35"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", path, *shape, *encoder, copy]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return copy


@pytest.mark.parametrize(("picture", "flash_frames", "beep_times"), RATES_AND_SIZES)
def test_frames_flashes_and_beeps_are_where_they_should_be(
    tmp_path: Path, picture: Picture, flash_frames: list[int], beep_times: list[float]
) -> None:
    path = made(tmp_path, MasterSpec(Fraction(5, 2), picture))
    decoded = list(frames(path))
    count = round(2.5 * picture.rate)
    assert [read_frame_number(frame.luma) for frame in decoded] == list(range(count))
    assert [frame.time for frame in decoded] == [number / picture.rate for number in range(count)]
    assert decoded[0].luma.shape == (picture.height, picture.width)
    assert [number for number, frame in enumerate(decoded) if flash_on(frame.luma)] == flash_frames
    assert beeps(path) == pytest.approx(beep_times, abs=0.001)


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (Picture(1280, 720), (320, 180)),
        (Picture(404, 720, Fraction(25)), (100, 180)),
        (Picture(161, 121, Fraction(30000, 1001)), (160, 120)),
    ],
    ids=["landscape", "portrait", "odd"],
)
def test_frames_can_be_read_in_a_small_bad_copy(
    tmp_path: Path, picture: Picture, size: tuple[int, int]
) -> None:
    copy = small_bad_copy(made(tmp_path, MasterSpec(Fraction(1), picture, tracks=())), *size)
    assert numbers(copy) == list(range(round(picture.rate)))
    assert flashes(copy) == [0]


def test_the_whole_film_is_readable_and_the_same_each_time(tmp_path: Path) -> None:
    spec = MasterSpec(Fraction(50), Picture(160, 96, Fraction(10)))
    first, second = made(tmp_path, spec, "first.mp4"), made(tmp_path, spec, "second.mp4")
    assert first.read_bytes() == second.read_bytes()
    assert numbers(first) == list(range(500))


def test_shots_start_where_film_yaml_puts_them_and_the_film_begins_again() -> None:
    spec = MasterSpec(Fraction(50), Picture(rate=Fraction(10)))
    assert shot_starts(spec) == [0, 52, 116, 159, 190, 247, 296, 333, 378, 433, 485]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("master.ts", "mpeg2"), ("master.ts", "h264"), ("master.mov", "prores"), ("master.mkv", "ffv1")],
)
def test_every_codec_and_container_keeps_picture_and_sound_together(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = made(tmp_path, MasterSpec(Fraction(2), Picture(160, 96, Fraction(25), codec=codec)), name)
    decoded = list(frames(path))
    assert [read_frame_number(frame.luma) for frame in decoded] == list(range(50))
    flash_times = [frame.time for frame in decoded if flash_on(frame.luma)]
    assert beeps(path) == pytest.approx(flash_times, abs=0.001)


# ffmpeg's transport streams begin 1.4 s late, to leave room for buffering.
@pytest.mark.parametrize(("name", "first"), [("m.mp4", 10), ("m.mkv", 10), ("m.ts", Fraction("11.4"))])
def test_the_start_moves_picture_and_sound(tmp_path: Path, name: str, first: Fraction) -> None:
    path = made(tmp_path, MasterSpec(Fraction(2), SMALL, start=Fraction(10)), name)
    assert next(frames(path)).time == first
    assert beeps(path) == pytest.approx([first, first + 1], abs=0.001)


@pytest.mark.parametrize(("rotation", "stored"), [(90, (96, 160)), (180, (160, 96)), (270, (96, 160))])
def test_a_turned_picture_is_shown_upright(tmp_path: Path, rotation: int, stored: tuple[int, int]) -> None:
    path = made(tmp_path, MasterSpec(Fraction(1), Picture(160, 96, Fraction(25), rotation=rotation)))
    with av.open(path) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == stored
    assert numbers(path) == list(range(25))
    assert flashes(path) == [0]


def test_the_shape_of_pixels_is_stored(tmp_path: Path) -> None:
    path = made(tmp_path, MasterSpec(Fraction(1), Picture(160, 96, sar=Fraction(4, 3))))
    with av.open(path) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_colours_are_marked_as_bt709(tmp_path: Path) -> None:
    with av.open(made(tmp_path, TWO_SECONDS)) as container:
        context = container.streams.video[0].codec_context
        marks = (context.color_range, context.color_primaries, context.color_trc, context.colorspace)
    assert marks == (1, 1, 1, 1)


def test_tracks_and_channels_hum_at_pitches_of_their_own(tmp_path: Path) -> None:
    tracks = (Track("eng", "5.1"), Track("fra", "stereo"), Track("deu", "mono"))
    path = made(tmp_path, MasterSpec(Fraction(2), SMALL, tracks))
    with av.open(path) as container:
        assert [stream.language for stream in container.streams.audio] == ["eng", "fra", "deu"]
        assert [stream.layout.name for stream in container.streams.audio] == ["5.1", "stereo", "mono"]
    assert pitches(path, 0) == pytest.approx([220, 330, 275, 55, 440, 385], abs=1)
    assert pitches(path, 1) == pytest.approx([252, 378], abs=1)
    assert pitches(path, 2) == pytest.approx([355], abs=1)
    assert hum_hz(1, "FR") == 378


def pitches(path: Path, track: int) -> list[float]:
    heard = sound(path, track)
    return [hum_pitch(channel, heard.sample_rate) for channel in heard.samples.T]


def test_a_master_without_sound(tmp_path: Path) -> None:
    with av.open(made(tmp_path, MasterSpec(Fraction(1), SMALL, tracks=()))) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize("name", ["master.mp4", "master.wav"])
def test_a_master_without_a_picture(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, MasterSpec(Fraction(5, 2), picture=None), name)
    assert beeps(path) == pytest.approx([0, 1, 2], abs=0.001)
    assert len(sound(path).samples) == pytest.approx(120_000, abs=1024)


def test_a_machine_without_fonts_can_make_masters(tmp_path: Path) -> None:
    path = made(tmp_path, MasterSpec(Fraction(1), SMALL, font=None))
    assert numbers(path) == list(range(25))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: MasterSpec(picture=None, tracks=()), "a picture or an audio track"),
        (lambda: MasterSpec(seconds=Fraction(0)), "0 frames"),
        (lambda: MasterSpec(Fraction(2**19), Picture(rate=Fraction(2))), "1048576 frames"),
        (lambda: Picture(54, 720), "54x720 is too small"),
        (lambda: Picture(1280, 94), "1280x94 is too small"),
        (lambda: Picture(rate=Fraction(1)), "too slow"),
        (lambda: Picture(sar=Fraction(0)), "not positive"),
        (lambda: Picture(rotation=45), "not 45"),
        (lambda: Picture(codec="vp8"), "no codec 'vp8'"),
        (lambda: Track(layout="7.1"), "no channel layout '7.1'"),
        (lambda: make_master(Path("master.avi"), TWO_SECONDS), "no container '.avi'"),
    ],
)
def test_refuses_what_cannot_be_made(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def script(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "samples/make_master.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_makes_what_its_options_say(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    size = ["--size", "160x96", "--rate", "30000/1001", "--frames", "31"]
    done = script(path, *size, "--codec", "ffv1", "--audio", "fra:mono", "--audio", "eng")
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(path) == list(range(31))
    with av.open(path) as container:
        assert [stream.language for stream in container.streams.audio] == ["fra", "eng"]


def test_the_script_says_what_is_wrong(tmp_path: Path) -> None:
    done = script(tmp_path / "film.mp4", "--size", "tall")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '--size': 'tall' is not like 1280x720",
    )


def test_the_script_fails_where_ffmpeg_does(tmp_path: Path) -> None:
    done = script(tmp_path / "film.wav", "--size", "160x96", "--frames", "5")
    last = "Error: ffmpeg cannot make film.wav: it says why above"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, last)
