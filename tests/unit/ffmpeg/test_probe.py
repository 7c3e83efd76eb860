"""What a probe tells of a master, on media that ffmpeg made for it."""

import io
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadMasterError, OutageError
from pipeline.ffmpeg.probe import bcp47, probe
from pipeline.media import AudioStream, Colour, MediaInfo, VideoStream

Media = Callable[..., Path]

LAVFI = ("-f", "lavfi", "-i")
PICTURES = (*LAVFI, "testsrc2=s=320x180:r=30000/1001:d=1")
SOUND = (*LAVFI, "sine=d=1:r=44100")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
FILM = (*PICTURES, *H264, "-video_track_timescale", "30000")


def video_of(path: Path) -> VideoStream:
    video = probe(path).video
    assert video is not None
    return video


def test_all_facts_of_a_film(media: Media) -> None:
    path = media("film.mp4", *SOUND, *FILM, "-map", "1", "-map", "0", "-c:a", "aac", "-bitexact")
    assert probe(path) == MediaInfo(
        format="mov,mp4,m4a,3gp,3g2,mj2",
        size=path.stat().st_size,
        duration=Fraction(1001, 1000),
        video=VideoStream(
            index=0,
            codec="h264",
            width=320,
            height=180,
            sar=Fraction(1),
            rotation=0,
            pixel_format="yuv420p",
            interlaced=False,
            colour=Colour(),
            time_base=Fraction(1, 30_000),
            rate=Fraction(30_000, 1001),
            frames=30,
            duration=Fraction(30_030, 30_000),
            start=0,
        ),
        audio=(
            AudioStream(
                index=1,
                codec="aac",
                sample_rate=44_100,
                channels=1,
                layout="mono",
                language="und",
                time_base=Fraction(1, 44_100),
                frames=45,
                duration=Fraction(1),
            ),
        ),
    )


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_is_what_a_player_turns_clockwise(media: Media, degrees: int) -> None:
    """ffmpeg's option counts the other way round."""
    film = media("upright.mp4", *FILM)
    turned = ("-display_rotation", str(-degrees), "-i", film, "-c", "copy")
    video = video_of(media(f"turned-{degrees}.mp4", *turned))
    assert video.rotation == degrees
    assert video.display_size == ((320, 180) if degrees % 180 == 0 else (180, 320))


@pytest.mark.parametrize(
    ("sar", "shown"), [("1/1", (320, 180)), ("4/3", (427, 180)), ("10/11", (291, 180)), ("0/1", (320, 180))]
)
def test_pixels_have_a_shape(media: Media, sar: str, shown: tuple[int, int]) -> None:
    path = media(f"sar-{sar.replace('/', '-')}.mp4", *PICTURES, *H264, "-vf", f"setsar={sar}")
    assert video_of(path).sar == (Fraction(sar) or 1)
    assert video_of(path).display_size == shown


@pytest.mark.parametrize(
    ("tags", "colour"),
    [
        ("range=tv", Colour()),
        ("range=pc", Colour(full_range=True)),
        (
            "color_primaries=bt709:color_trc=bt709:colorspace=bt709",
            Colour(primaries="bt709", transfer="bt709", matrix="bt709"),
        ),
        (
            "color_primaries=bt470bg:color_trc=bt470bg:colorspace=bt470bg",
            Colour(primaries="bt470bg", transfer="gamma28", matrix="bt470bg"),
        ),
        (
            "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
            Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc"),
        ),
        (
            "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc",
            Colour(primaries="bt2020", transfer="arib-std-b67", matrix="bt2020nc"),
        ),
    ],
)
def test_colour_is_told_in_ffmpeg_s_words(media: Media, tags: str, colour: Colour) -> None:
    path = media(f"{tags.replace(':', '-')}.mp4", *PICTURES, "-vf", f"setparams={tags}", *H264)
    assert video_of(path).colour == colour


def test_only_pq_and_hlg_are_high_dynamic_range() -> None:
    assert [t for t in ("bt709", "smpte2084", "bt2020-10", "arib-std-b67") if Colour(transfer=t).is_hdr] == [
        "smpte2084",
        "arib-std-b67",
    ]


@pytest.mark.parametrize(("flags", "interlaced"), [((), False), (("-flags", "+ilme+ildct"), True)])
def test_interlaced_pictures_are_noticed(media: Media, flags: tuple[str, ...], interlaced: bool) -> None:
    filters = ("-vf", "setfield=tff") if interlaced else ()
    path = media(f"fields-{interlaced}.mpg", *PICTURES, *filters, "-c:v", "mpeg2video", *flags)
    assert video_of(path).interlaced is interlaced


def test_languages_become_bcp47_tags(media: Media) -> None:
    languages = ("eng", "ger", "chi", "und", "qaa", "por")
    maps = [word for _ in languages for word in ("-map", "0")]
    told = [
        word for n, language in enumerate(languages) for word in (f"-metadata:s:{n}", f"language={language}")
    ]
    path = media("tongues.mkv", *SOUND, *maps, "-c:a", "flac", *told)
    assert [audio.language for audio in probe(path).audio] == ["en", "de", "zh", "und", "qaa", "pt"]


@pytest.mark.parametrize(
    ("told", "tag"),
    [
        (None, "und"),
        ("", "und"),
        ("eng", "en"),
        ("en-us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("fre", "fr"),
        ("english", "und"),
        ("no language", "und"),
        ("../../x", "und"),
        ("0000-0", "und"),
        ("en-x-" + "-".join(["a"] * 20), "und"),
    ],
)
def test_a_language_is_a_tag_or_undetermined(told: str | None, tag: str) -> None:
    assert bcp47(told) == tag


@settings(max_examples=50)
@given(st.text(max_size=20) | st.from_regex(r"[a-z]{2,8}(-[a-z0-9]{1,8}){0,6}", fullmatch=True))
def test_a_language_from_anywhere_can_name_a_folder(told: str) -> None:
    tag = bcp47(told)
    assert tag.replace("-", "").isascii()
    assert tag.replace("-", "").isalnum()
    assert len(tag) <= 35


def test_sound_alone_is_a_master(media: Media) -> None:
    info = probe(media("sound.wav", *SOUND))
    assert info.video is None
    assert [audio.codec for audio in info.audio] == ["pcm_s16le"]


def test_cover_art_is_not_a_film(media: Media) -> None:
    cover = media("cover.png", *LAVFI, "color=s=64x64", "-frames:v", "1", "-update", "1")
    song = media("song.mp3", *SOUND, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy")
    assert probe(song).video is None
    assert len(probe(song).audio) == 1


def test_of_two_films_the_default_one_counts(media: Media) -> None:
    two = (*LAVFI, "testsrc2=s=64x64:d=1", "-map", "0", "-map", "1", "-map", "2", *H264)
    path = media("two.mkv", *SOUND, *PICTURES, *two, "-disposition:v:0", "0", "-disposition:v:1", "default")
    video = video_of(path)
    assert (video.index, video.width) == (2, 64)


def test_a_recording_begins_with_its_first_whole_picture(media: Media) -> None:
    """Its beginning is missing, and with it what the next pictures refer to, up to a key frame."""
    gops = (*LAVFI, "testsrc2=s=320x180:r=25:d=6", "-c:v", "mpeg2video", "-bf", "2", "-g", "25")
    whole = media("recording.ts", *gops, "-sc_threshold", "1000000000")
    packets = whole.stat().st_size // 188
    headless = whole.with_name("headless.ts")
    headless.write_bytes(whole.read_bytes()[packets // 3 * 188 :])
    keys = key_frames(whole)
    assert video_of(whole).start == keys[0]
    assert video_of(headless).start in keys[1:]


def key_frames(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [packet.pts for packet in container.demux() if packet.is_keyframe and packet.pts is not None]


@pytest.mark.parametrize(
    "name",
    [
        "a:b.mp4",
        "%d.mp4",
        "-i.mp4",
        "two words.mp4",
        "größe 日本語 🎬.mp4",
        "new\nline.mp4",
        "pipe:0",
        "x?y#z.mp4",
    ],
)
def test_a_name_is_only_a_name(
    media: Media, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = media("film-for-names.mp4", *FILM)
    (tmp_path / name).write_bytes(film.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).video is not None
    assert probe(tmp_path / name).video is not None


class Opened(io.BytesIO):
    """An object of a bucket, of which so many bytes can be read."""

    name = "masters/0a/film.mp4"

    def __init__(self, content: bytes, left: float = math.inf) -> None:
        super().__init__(content)
        self.left = left

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        self.left -= len(block)
        if self.left < 0:
            raise OutageError("S3 is out of reach")
        return block


@pytest.mark.parametrize("name", ["opened.mp4", "opened.mkv", "opened.ts", "opened.mxf"])
def test_an_open_file_is_probed_like_a_path(media: Media, name: str) -> None:
    path = media(name, *PICTURES, "-r", "25", "-c:v", "mpeg2video")
    assert probe(Opened(path.read_bytes())) == probe(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"#EXTM3U\n", "this is an HLS playlist, which names other files"),
        (bytes(range(256)) * 4, "not a media file that can be read"),
    ],
)
def test_an_open_file_is_refused_like_a_path(content: bytes, message: str) -> None:
    with pytest.raises(BadMasterError, match=f"masters/0a/film.mp4: {message}"):
        probe(Opened(content))


def test_a_storage_that_fails_meanwhile_is_not_a_bad_master(media: Media) -> None:
    content = media("film.mp4", *SOUND, *FILM, "-map", "1", "-map", "0", "-c:a", "aac", "-bitexact")
    with pytest.raises(OutageError):
        probe(Opened(content.read_bytes(), left=10_000))
