"""On real clips, the frames that enter the encoders, chunk by chunk, are those of one whole decode."""

import subprocess
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import msgspec
import pytest

from ladders.grid import Grid, Span
from pipeline.ffmpeg.argv import ChunkInput, chunk_frames
from pipeline.ffmpeg.probe import probe
from pipeline.media import VideoStream
from pipeline.stages.plan import chunk_seeks, picture_grid
from pipeline.stages.timings import by_index, by_packets, timings_of
from tests.support.clips import real_clip

CONSTANT_RATE = [
    "q_agent327_720p24_90s.mp4",
    "q_city_aerial_1080p24_8m.mp4",
    "q_bbb_1080p30_5m_12s.mp4",
    "q_tos_battle_332p24_70s.webm",
    "q_night_drive_1080p2997_mpeg4.mp4",
    "mst_hevc_1080p24_51.ts",
]
ANOTHER_RATE = ["q_car_park_432p_12_5fps.mp4", "vfr_screen_rowviewer_1434x536.mp4"]
"""Frames are repeated or dropped, so the judge is our own chain over the whole clip at once."""


@pytest.mark.parametrize("name", CONSTANT_RATE + ANOTHER_RATE)
def test_chunks_hold_the_frames_of_a_whole_decode(name: str) -> None:
    master = real_clip(name)
    info = probe(master)
    video = info.video
    assert video
    timing = timings_of(master, info).of(video.index)
    assert timing
    grid = _many_chunks(picture_grid(video, timing))
    seeks = chunk_seeks(video, timing, grid)
    chunks = [
        ChunkInput(stream=video, rate=grid.rate, origin=timing.ticks[0], seek=seek, span=span, last=last)
        for span, seek, last in zip(grid.spans(), seeks, _marked_last(len(grid.chunks)), strict=True)
    ]
    joined = [line for chunk in chunks for line in _hashes(master, chunk)]
    whole = msgspec.structs.replace(chunks[0], span=Span(start=0, end=grid.frames, idr=(0,)), last=True)
    judge = _plain_hashes(master, video) if name in CONSTANT_RATE else _hashes(master, whole)
    assert len(judge) == grid.frames
    assert joined == judge


INDEXED = [
    "q_agent327_720p24_90s.mp4",
    "edit_positive_shift_1080p30.mp4",
    "hdr_dv_p81_2160p5994_eac3.mp4",
    "long_1080p_362s.mp4",
    "odd_518x488_2988fps_jitter.mp4",
    "phone_8k24_hevc_300ms.mp4",
    "vfr_cursed_3026x1386_screen.mp4",
    "aud_toothsome_dts_38s.mp4",
    "aud_truehd_71.mp4",
    "mst_vvc_320x180p24_10bit.mp4",
    "mst_qtrle_argb.mov",
    "mst_xdcam_hd422_720p50.mov",
    "int_dv_ntsc_480i_sar10_11.mov",
    "int_xdcam_ex_1080i50_mpeg2.mov",
]
UNTRUE = [
    "bad_keyframe_flags.mp4",
    "hdr_dv_p84_hlg_1080p_rot90_editlist_nosync.mp4",
    "odd_10x12_444_two_kinds.mp4",
    "sub_cea608_h265_frag.mp4",
]
"""With wrong key frames, no duration of the last picture, or fragments."""


@pytest.mark.parametrize("name", INDEXED)
def test_an_index_tells_what_all_packets_tell(name: str) -> None:
    master = real_clip(name)
    info = probe(master)
    found = by_index(master, info)
    assert found == by_packets(master, info)
    with master.open("rb") as file:
        assert by_index(file, info) == by_packets(file, info) == found


def test_of_the_last_picture_an_index_says_how_long_it_is_shown() -> None:
    """Read, its own words are taken for that: here, half a millisecond more."""
    master = real_clip("vfr_screen_rowviewer_1434x536.mp4")
    info = probe(master)
    found, read = by_index(master, info), by_packets(master, info)
    assert found
    assert (found.ticks, found.keys) == (read.ticks, read.keys)
    assert (found.ends, read.ends) == ({0: 282_896}, {0: 282_912})


@pytest.mark.parametrize("name", UNTRUE)
def test_an_index_that_is_not_true_is_not_believed(name: str) -> None:
    master = real_clip(name)
    assert by_index(master, probe(master)) is None


def _marked_last(count: int) -> list[bool]:
    return [False] * (count - 1) + [True]


def _many_chunks(grid: Grid) -> Grid:
    """A chunk for every segment up to a dozen, so that short clips have borders too."""
    every = max(1, len(grid.segments) // 12)
    return msgspec.structs.replace(grid, chunks=grid.segments[::every])


def _hashes(master: Path, chunk: ChunkInput) -> list[str]:
    output = ffmpeg.output(chunk_frames(master, chunk), "-", f="framemd5", fps_mode="passthrough")
    return _run(ffmpeg.get_args(output))


def _plain_hashes(master: Path, video: VideoStream) -> list[str]:
    return _run(
        ["-i", str(master), "-map", f"0:{video.index}", "-fps_mode", "passthrough", "-f", "framemd5", "-"]
    )


def _run(arguments: list[str]) -> list[str]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", *arguments]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]
