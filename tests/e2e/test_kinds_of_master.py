"""Masters without sound, without pictures, upright, with odd pixels, with a late start: all become titles."""

from fractions import Fraction
from pathlib import Path

import m3u8
import pytest

from samples.master import MasterSpec, Picture, Track, make_master
from tests.support.barcode import flash_on, read_frame_number
from tests.support.beeps import beep_onsets
from tests.support.decode import frames, sound
from tests.support.site import Site

SECONDS = Fraction(6)


def _published(site: Site, tmp_path: Path, name: str, spec: MasterSpec, *options: str) -> Path:
    master = tmp_path / name
    make_master(master, spec)
    site.encode(master, "--title", "film", *options)
    return site.title("film") / "master.m3u8"


def _sizes(playlist: Path) -> list[tuple[int, int]]:
    return sorted((p.stream_info.resolution for p in m3u8.load(str(playlist)).playlists), reverse=True)


def test_a_silent_master(site: Site, tmp_path: Path) -> None:
    playlist = _published(
        site, tmp_path, "silent.mp4", MasterSpec(SECONDS, Picture(320, 180, Fraction(25)), ())
    )
    assert m3u8.load(str(playlist)).media == []
    assert [read_frame_number(f.luma) for f in frames(playlist)] == list(range(150))
    assert len(list(frames(site.title("film") / "manifest.mpd", 1))) == 150


@pytest.mark.parametrize("name", ["sound.wav", "sound.mp4"])
def test_a_master_of_sound_alone(site: Site, tmp_path: Path, name: str) -> None:
    playlist = _published(site, tmp_path, name, MasterSpec(SECONDS, None, (Track("eng", "stereo"),)))
    variants = m3u8.load(str(playlist)).playlists
    assert [v.stream_info.codecs for v in variants] == ["mp4a.40.2"]
    for manifest in (playlist, site.title("film") / "manifest.mpd"):
        heard = sound(manifest)
        onsets = beep_onsets(heard.samples[:, 0], heard.sample_rate)
        assert [round(heard.start + onset, 2) for onset in onsets] == [0, 1, 2, 3, 4, 5]


def test_languages_become_renditions(site: Site, tmp_path: Path) -> None:
    tracks = (Track("eng", "stereo"), Track("fra", "mono"), Track("eng", "5.1"))
    spec = MasterSpec(SECONDS, Picture(320, 180, Fraction(25)), tracks)
    playlist = _published(site, tmp_path, "tongues.mkv", spec)
    media = m3u8.load(str(playlist)).media
    assert [(m.language, m.default, m.channels) for m in media] == [("en", "YES", "2"), ("fr", "NO", "2")]


@pytest.mark.parametrize(
    ("picture", "sizes"),
    [
        (Picture(180, 320, Fraction(25)), [(180, 320), (120, 214)]),
        (Picture(320, 180, Fraction(25), rotation=90), [(320, 180), (214, 120)]),
        (Picture(240, 180, Fraction(25), sar=Fraction(4, 3)), [(320, 180), (214, 120)]),
        (Picture(428, 180, Fraction(25)), [(320, 134), (214, 90)]),
        (Picture(264, 148, Fraction(25)), [(264, 148), (214, 120)]),
    ],
)
def test_shapes(site: Site, tmp_path: Path, picture: Picture, sizes: list[tuple[int, int]]) -> None:
    playlist = _published(site, tmp_path, "shape.mp4", MasterSpec(SECONDS, picture))
    assert _sizes(playlist) == sizes
    largest = max(range(2), key=lambda n: m3u8.load(str(playlist)).playlists[n].stream_info.resolution)
    assert [read_frame_number(f.luma) for f in frames(playlist, largest)] == list(range(150))


@pytest.mark.parametrize("codec", ["mpeg2", "h264"])
def test_a_transport_stream_that_starts_late(site: Site, tmp_path: Path, codec: str) -> None:
    picture = Picture(320, 180, Fraction(25), codec=codec)
    spec = MasterSpec(Fraction(26), picture, start=Fraction(1234))
    playlist = _published(site, tmp_path, "late.ts", spec)
    shown = list(frames(playlist))
    assert [read_frame_number(f.luma) for f in shown] == list(range(650))
    heard = sound(playlist)
    onsets = [heard.start + onset for onset in beep_onsets(heard.samples[:, 0], heard.sample_rate)]
    flashes = [f.time for f in shown if flash_on(f.luma)]
    assert all(min(abs(onset - flash) for flash in flashes) <= Fraction(1, 25) for onset in onsets)
    assert len(onsets) == 26
