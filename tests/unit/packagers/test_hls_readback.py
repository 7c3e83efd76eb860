from fractions import Fraction

import pytest
from sample_presentations import AES_128, AUDIO_ONLY, CENC, CLEAR_LEAD, H264_360, KEYS, LADDER, SYSTEMS

from packagers import hls
from packagers.hls.readback import StreamReference
from packagers.presentation import Presentation
from packagers.readback import MAX_TEXT, ManifestError, MediaReference, ProtectionReference

MEDIA = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.004000,
seg-00001.m4s
#EXT-X-BYTERANGE:200@1000
#EXTINF:1.543208,
seg-00002.m4s
#EXT-X-ENDLIST
"""


def test_media_playlist_is_read_relative_to_where_its_path_starts() -> None:
    rendition = hls.read_media_playlist(MEDIA, "v/3f9a/video/a/media.m3u8")
    assert rendition.init == "v/3f9a/video/a/init.mp4"
    assert rendition.segments == (
        MediaReference("v/3f9a/video/a/seg-00001.m4s", Fraction(1001, 250)),
        MediaReference("v/3f9a/video/a/seg-00002.m4s", Fraction(1543208, 10**6), (1000, 200)),
    )


def test_iframe_playlist_is_read_with_its_byte_ranges() -> None:
    rendition = hls.read_media_playlist(hls.iframe_playlist(H264_360, 4))
    assert [s.byte_range for s in rendition.segments[:3]] == [(0, 45_000), (180_000, 45_000), (0, 50_000)]
    assert rendition.segments[1].uri == "seg-00001.m4s"


@pytest.mark.parametrize(
    ("presentation", "expected"),
    [
        (LADDER, None),
        (SYSTEMS, ProtectionReference("cbcs", KEYS["sd"])),
        (CENC, ProtectionReference("cenc", KEYS["sd"])),
        (CLEAR_LEAD, ProtectionReference("cbcs", KEYS["sd"], clear_segments=2)),
        (AES_128, ProtectionReference("aes-128", None)),
    ],
    ids=["clear", "all systems", "cenc", "clear lead", "aes-128"],
)
def test_protection(presentation: Presentation, expected: ProtectionReference | None) -> None:
    group = presentation.groups[0]
    text = hls.media_playlist(group.tracks[0], 4, group.protection)
    assert hls.read_media_playlist(text).protection == expected


KEY = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="/k",KEYID=0x' + "5d" * 16


@pytest.mark.parametrize(
    ("key", "before", "message"),
    [
        (KEY.replace("SAMPLE-AES", "ROT-13"), "#EXTINF:4", "do not mean one key"),
        (KEY.replace("METHOD=SAMPLE-AES,", ""), "#EXTINF:4", "a line that is no HLS"),
        (f"{KEY}\n{KEY.replace('5d', '5e')}", "#EXTINF:4", "do not mean one key"),
        (f"{KEY}\n{KEY.replace('SAMPLE-AES', 'AES-128')}", "#EXTINF:4", "do not mean one key"),
        (KEY.replace("5d5d", "5d"), "#EXTINF:4", "is no key id"),
        (KEY.replace("0x5d", "ü"), "#EXTINF:4", "is no key id"),
        (KEY, "#EXT-X-ENDLIST", None),
        (f"#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\nclear.m4s\n{KEY}", "#EXTINF:4", "the key changes"),
        (f"{KEY}\n#EXTINF:1,\na.m4s\n{KEY.replace('/k', '/l')}", "#EXTINF:4", "the key changes"),
        (f"{KEY}\n#EXTINF:1,\na.m4s\n#EXT-X-KEY:METHOD=NONE", "#EXTINF:4", "the key changes"),
    ],
)
def test_other_protections_are_refused(key: str, before: str, message: str | None) -> None:
    text = MEDIA.replace(before, f"{key}\n{before}")
    if message is None:
        assert hls.read_media_playlist(text).protection is None
        return
    with pytest.raises(ManifestError, match=rf"media\.m3u8: .*{message}"):
        hls.read_media_playlist(text)


def test_multivariant_playlist_is_read_relative_to_where_its_path_starts() -> None:
    found = hls.read_multivariant(hls.multivariant(LADDER, "v/3f9a/"), "titles/bunny/master.m3u8")
    assert found.media_playlists == (
        "titles/bunny/v/3f9a/video/h264-720/media.m3u8",
        "titles/bunny/v/3f9a/video/h264-360/media.m3u8",
        "titles/bunny/v/3f9a/video/av1-720/media.m3u8",
        "titles/bunny/v/3f9a/audio/aac-en/media.m3u8",
    )
    assert found.variants[1] == StreamReference(
        "titles/bunny/v/3f9a/video/h264-360/media.m3u8", bandwidth=927_201, average_bandwidth=889_330
    )
    assert [s.uri.rpartition("/")[2] for s in found.iframes] == ["iframes.m3u8"] * 3


def test_rendition_without_uri_is_the_variants() -> None:
    found = hls.read_multivariant(hls.multivariant(AUDIO_ONLY))
    assert [v.uri for v in found.variants] == ["audio/aac-en/media.m3u8"]
    assert found.renditions == ("audio/aac-de/media.m3u8",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#EXTM3U\n", "", "not a playlist"),
        ("#EXT-X-ENDLIST", "", "not a finished media playlist"),
        ("#EXT-X-TARGETDURATION:4\n", "", "not a finished media playlist"),
        ("#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:3", "longer than the target duration"),
        ("#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:four", "a line that is no HLS"),
        ('#EXT-X-MAP:URI="init.mp4"\n', "", "not one EXT-X-MAP"),
        ('"init.mp4"', '"../init.mp4"', "'../init.mp4' does not name a file below"),
        ("seg-00001.m4s", "https://example.com/a.m4s", "does not name a file below"),
        ("seg-00001.m4s", "/etc/passwd", "does not name a file below"),
        ("seg-00001.m4s", "a/../../b.m4s", "does not name a file below"),
        ("4.004000", "inf", "has no duration"),
        ("4.004000", "nan", "has no duration"),
        ("4.004000", "-1", "has no duration"),
        ("4.004000", "long", "a line that is no HLS"),
        ("200@1000", "200", "not a size and an offset"),
        ("200@1000", "-1@5", "not a size and an offset"),
    ],
)
def test_other_media_playlists_are_refused(old: str, new: str, message: str) -> None:
    assert old in MEDIA
    with pytest.raises(ManifestError, match=rf"media\.m3u8: .*{message}"):
        hls.read_media_playlist(MEDIA.replace(old, new))


def test_a_playlist_of_nothing_is_refused() -> None:
    text = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="init.mp4"\n#EXT-X-ENDLIST\n'
    with pytest.raises(ManifestError, match="0 segments"):
        hls.read_media_playlist(text)


def test_a_playlist_without_bound_is_refused() -> None:
    with pytest.raises(ManifestError, match="longer than"):
        hls.read_media_playlist(MEDIA + "#" * MAX_TEXT)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("AVERAGE-BANDWIDTH=889330,", "", "declares no BANDWIDTH or no AVERAGE-BANDWIDTH"),
        (":CLOSED-CAPTIONS=NONE,BANDWIDTH=927201,", ":", "a line that is no HLS"),
        ("video/h264-360/media.m3u8", "https://example.com/media.m3u8", "does not name a file below"),
        ('"audio/aac-en/media.m3u8"', '"../media.m3u8"', "does not name a file below"),
        ('"video/av1-720/iframes.m3u8"', '"/iframes.m3u8"', "does not name a file below"),
    ],
)
def test_other_multivariant_playlists_are_refused(old: str, new: str, message: str) -> None:
    text = hls.multivariant(LADDER)
    assert old in text
    with pytest.raises(ManifestError, match=message):
        hls.read_multivariant(text.replace(old, new))


def test_kinds_of_playlist_are_told_apart() -> None:
    with pytest.raises(ManifestError, match="not a multivariant playlist"):
        hls.read_multivariant(MEDIA)
    with pytest.raises(ManifestError, match="not a finished media playlist"):
        hls.read_media_playlist(hls.multivariant(LADDER))
