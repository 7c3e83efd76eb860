"""The decoding helpers, on HLS and DASH that ffmpeg packaged."""

import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from samples.master import MasterSpec, Picture, Track, make_master
from tests.support.barcode import read_frame_number
from tests.support.beeps import beep_onsets, hum_pitch
from tests.support.decode import DecodeError, frames, sound

# Two sizes and two languages.
MAPS = [argument for stream in ("0:v", "0:v", "0:a:0", "0:a:1") for argument in ("-map", stream)]
RUNGS = [*MAPS, "-s:v:0", "320x192", "-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-c:a", "aac"]
GROUPS = "v:0,agroup:a v:1,agroup:a a:0,agroup:a,language:eng a:1,agroup:a,language:fra"


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("master") / "master.mp4"
    spec = MasterSpec(Fraction(5), Picture(160, 96, Fraction(25)), (Track("eng"), Track("fra")))
    make_master(path, spec)
    return path


@pytest.fixture(scope="module")
def hls(master: Path) -> Path:
    folder = master.with_name("hls")
    folder.mkdir()
    hls = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    names = ["-master_pl_name", "master.m3u8", "-var_stream_map", GROUPS]
    segments = ["-hls_segment_filename", str(folder / "%v-%d.m4s")]
    ffmpeg("-i", master, *RUNGS, *hls, *names, *segments, folder / "%v.m3u8")
    return folder / "master.m3u8"


@pytest.fixture(scope="module")
def dash(master: Path) -> Path:
    folder = master.with_name("dash")
    folder.mkdir()
    ffmpeg("-i", master, *RUNGS, "-f", "dash", "-seg_duration", "2", folder / "manifest.mpd")
    return folder / "manifest.mpd"


def copied(manifest: Path, folder: Path) -> Path:
    """A copy of the package, to be damaged."""
    shutil.copytree(manifest.parent, folder, dirs_exist_ok=True)
    return folder / manifest.name


def heard(source: Path, stream: int) -> tuple[list[Fraction], float]:
    track = sound(source, stream)
    onsets = beep_onsets(track.samples[:, 0], track.sample_rate)
    return [track.start + onset for onset in onsets], hum_pitch(track.samples[:, 0], track.sample_rate)


@pytest.mark.parametrize(("stream", "shape"), [(0, (192, 320)), (1, (96, 160))])
def test_decodes_the_rung_that_is_asked_for(
    hls: Path, dash: Path, stream: int, shape: tuple[int, int]
) -> None:
    for manifest in (hls, dash):
        decoded = list(frames(manifest, stream))
        assert [read_frame_number(frame.luma) for frame in decoded] == list(range(125))
        assert {frame.luma.shape for frame in decoded} == {shape}
        assert {later.time - frame.time for frame, later in pairwise(decoded)} == {Fraction(1, 25)}


@pytest.mark.parametrize(("stream", "pitch"), [(0, 220), (1, 252)])
def test_hears_the_language_that_is_asked_for(hls: Path, dash: Path, stream: int, pitch: int) -> None:
    for manifest in (hls, dash):
        first = next(frames(manifest)).time
        times, hum = heard(manifest, stream)
        assert times == pytest.approx([first + second for second in range(5)], abs=0.001)
        assert hum == pytest.approx(pitch, abs=1)


def test_luma_is_full_range(master: Path) -> None:
    luma = next(frames(master)).luma
    assert luma.dtype == np.uint8
    assert (int(luma.min()), int(luma.max())) == (0, 255)


def test_a_missing_segment_is_an_error(hls: Path, tmp_path: Path) -> None:
    manifest = copied(hls, tmp_path)
    manifest.with_name("0-1.m4s").unlink()
    with pytest.raises(DecodeError, match="Failed to open segment 1"):
        list(frames(manifest, 0))


def test_a_truncated_segment_is_an_error(dash: Path, tmp_path: Path) -> None:
    manifest = copied(dash, tmp_path)
    segment = manifest.with_name("chunk-stream0-00002.m4s")
    segment.write_bytes(segment.read_bytes()[:-200])
    with pytest.raises(DecodeError, match=r"manifest\.mpd, exit code 0"):
        list(frames(manifest, 0))


def test_a_file_without_the_stream_is_an_error(master: Path) -> None:
    with pytest.raises(DecodeError, match="matches no streams"):
        list(frames(master, 7))


def test_sound_with_a_gap_is_an_error(master: Path, tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    ffmpeg("-i", master, "-map", "0:a:0", "-c:a", "copy", "-bsf:a", "noise=drop=eq(n\\,50)", path)
    with pytest.raises(DecodeError, match="sound ends at"):
        sound(path)


def test_decoding_may_stop_early(master: Path) -> None:
    first, second = (frame.time for frame, _ in zip(frames(master), range(2), strict=False))
    assert (first, second) == (Fraction(0), Fraction(1, 25))
