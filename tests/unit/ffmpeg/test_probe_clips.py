"""Probes of real clips, as cameras, phones and editors made them."""

from fractions import Fraction

import pytest

from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
from tests.support.clips import real_clip


@pytest.mark.parametrize(
    ("name", "codec", "size", "rotation", "shown"),
    [
        ("rot_bbb_1080p24_rot90_51.mp4", "h264", (1920, 1080), 90, (1080, 1920)),
        ("rot_bedroom_720p_rot180.mp4", "h264", (1280, 720), 180, (1280, 720)),
        ("rot_portrait_4k60_rot90_phone.mp4", "h264", (3840, 2160), 90, (2160, 3840)),
        ("hdr_dv_p84_720p_tiny.mov", "hevc", (1280, 720), 90, (720, 1280)),
        ("sar_hdv_1440x1080i50_mpeg2.mov", "mpeg2video", (1440, 1080), 0, (1920, 1080)),
        ("int_dv_ntsc_480i_sar10_11.mov", "dvvideo", (720, 480), 0, (655, 480)),
        ("q_tos_battle_332p24_70s.webm", "vp8", (800, 332), 0, (798, 332)),
        ("odd_161x121_vp9.webm", "vp9", (161, 121), 0, (161, 121)),
        ("phone_motion_photo_2hevc.mp4", "hevc", (1024, 768), 90, (768, 1024)),
    ],
)
def test_sizes(name: str, codec: str, size: tuple[int, int], rotation: int, shown: tuple[int, int]) -> None:
    video = probe(real_clip(name)).video
    assert video is not None
    assert (video.codec, (video.width, video.height), video.rotation) == (codec, size, rotation)
    assert video.display_size == shown


@pytest.mark.parametrize(
    ("name", "interlaced"),
    [
        ("int_xdcam_ex_1080i50_mpeg2.mov", True),
        ("int_dv_ntsc_480i_sar10_11.mov", True),
        ("mst_xdcam_hd422_720p50.mov", False),
    ],
)
def test_fields(name: str, interlaced: bool) -> None:
    video = probe(real_clip(name)).video
    assert video is not None
    assert video.interlaced is interlaced


@pytest.mark.parametrize(
    ("name", "transfer"),
    [
        ("hdr_pq_av1_720x1280p2997.mp4", "smpte2084"),
        ("hdr_dv_p84_hlg_1080p_rot90_editlist_nosync.mp4", "arib-std-b67"),
        ("q_sam2_juggle_720p24.mp4", "bt709"),
    ],
)
def test_transfer(name: str, transfer: str) -> None:
    video = probe(real_clip(name)).video
    assert video is not None
    assert video.colour.transfer == transfer
    assert video.colour.is_hdr == (transfer != "bt709")


def test_sound() -> None:
    (first, second) = probe(real_clip("aud_two_aac51_tracks.mp4")).audio
    assert (first.codec, first.layout, first.channels, first.sample_rate) == ("aac", "5.1", 6, 48_000)
    assert (first.language, second.language) == ("und", "und")
    assert first.time_base == Fraction(1, 48_000)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aud_ac4.mp4", "no video or audio stream that can be decoded"),
        ("hdr_dv_p10_av1_2160p30.mp4", "no video or audio stream that can be decoded"),
        ("sub_wvtt_in_mp4.mp4", "no video or audio stream that can be decoded"),
        ("bad_free_box.mp4", "not a media file that can be read"),
        ("bad_sideloaded_frag.mp4", "not a media file that can be read"),
    ],
)
def test_refusals(name: str, message: str) -> None:
    with pytest.raises(BadMasterError, match=message):
        probe(real_clip(name))
