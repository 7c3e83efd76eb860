from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from m3u8 import M3U8
from sample_presentations import (
    AES_128,
    AUDIO_ONLY,
    CENC,
    CLEAR_LEAD,
    ENGLISH,
    H264,
    H264_360,
    LADDER,
    LANGUAGES,
    SYSTEMS,
    VIDEO_ONLY,
    audio,
)

from packagers import hls
from packagers.hls.playlists import extinf
from packagers.presentation import Group, Presentation, PresentationError

Golden = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("name", "presentation"),
    [
        ("ladder", LADDER),
        ("languages", LANGUAGES),
        ("audio-only", AUDIO_ONLY),
        ("video-only", VIDEO_ONLY),
        ("systems", SYSTEMS),
        ("cenc", CENC),
        ("aes-128", AES_128),
    ],
)
def test_multivariant_playlist(golden: Golden, name: str, presentation: Presentation) -> None:
    golden(f"hls/{name}.m3u8", hls.multivariant(presentation))


def test_base_stands_before_every_uri() -> None:
    playlist = M3U8(hls.multivariant(LANGUAGES, "v/3f9a/"))
    uris = [x.uri for x in (*playlist.media, *playlist.playlists, *playlist.iframe_playlists)]
    assert len(uris) == 4 + 4 + 2
    assert all(uri.startswith("v/3f9a/") for uri in uris)


def test_base_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not a relative folder"):
        hls.multivariant(LADDER, "https://example.com/")


def test_media_playlist_with_an_odd_last_segment(golden: Golden) -> None:
    golden("hls/video.media.m3u8", hls.media_playlist(H264_360, LADDER.target_duration))


def test_media_playlist_of_audio(golden: Golden) -> None:
    golden("hls/audio.media.m3u8", hls.media_playlist(ENGLISH.tracks[0], LADDER.target_duration))


def test_iframe_playlist(golden: Golden) -> None:
    golden("hls/video.iframes.m3u8", hls.iframe_playlist(H264_360, LADDER.target_duration))


@pytest.mark.parametrize(
    ("name", "presentation"),
    [("systems", SYSTEMS), ("cenc", CENC), ("clear-lead", CLEAR_LEAD), ("aes-128", AES_128)],
)
def test_protected_media_playlist(golden: Golden, name: str, presentation: Presentation) -> None:
    group = presentation.groups[0]
    golden(f"hls/{name}.media.m3u8", hls.media_playlist(group.tracks[0], 4, group.protection))


@pytest.mark.parametrize(("name", "presentation"), [("systems", SYSTEMS), ("clear-lead", CLEAR_LEAD)])
def test_protected_iframe_playlist(golden: Golden, name: str, presentation: Presentation) -> None:
    group = presentation.groups[0]
    golden(f"hls/{name}.iframes.m3u8", hls.iframe_playlist(group.tracks[0], 4, group.protection))


def test_session_keys_are_all_key_lines_once() -> None:
    session = {str(key).partition(":")[2] for key in M3U8(hls.multivariant(SYSTEMS)).session_keys}
    lines = [
        str(key).partition(":")[2]
        for group in SYSTEMS.groups
        for key in M3U8(hls.media_playlist(group.tracks[0], 4, group.protection)).keys
    ]
    assert session == set(lines)
    assert len(hls.multivariant(SYSTEMS).split("#EXT-X-SESSION-KEY")) - 1 == len(session)


@pytest.mark.parametrize("target_duration", [4, 5])
def test_target_duration_is_the_one_given(target_duration: int) -> None:
    assert M3U8(hls.media_playlist(H264_360, target_duration)).target_duration == target_duration


@pytest.mark.parametrize("write", [hls.media_playlist, hls.iframe_playlist])
def test_target_duration_below_a_segment_is_refused(write: Callable[..., str]) -> None:
    with pytest.raises(
        PresentationError, match=r"video/h264-360: a segment is longer than the target of 3 s"
    ):
        write(H264_360, 3)


def test_iframe_playlist_needs_iframes() -> None:
    with pytest.raises(PresentationError, match="no I-frame is known"):
        hls.iframe_playlist(ENGLISH.tracks[0], 4)


@pytest.mark.parametrize(
    "text",
    [
        hls.multivariant(LANGUAGES),
        hls.media_playlist(H264_360, 4),
        hls.iframe_playlist(H264_360, 4),
        hls.multivariant(SYSTEMS),
        hls.media_playlist(H264_360, 4, SYSTEMS.groups[0].protection),
        hls.iframe_playlist(H264_360, 4, SYSTEMS.groups[0].protection),
    ],
    ids=["multivariant", "media", "iframes", "session keys", "keys", "keys of iframes"],
)
def test_versions_allow_what_the_playlists_hold(text: str) -> None:
    M3U8(text, strict=True)


def test_extinf_adds_up_however_many_segments() -> None:
    lengths = list(extinf([1001] * 24_000, timescale=24_000))
    assert set(lengths) == {Decimal("0.041708"), Decimal("0.041709")}
    assert sum(lengths) == 1001


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ('The "making of"', "The 'making of'"),
        ("a\n#EXT-X-ENDLIST", "a #EXT-X-ENDLIST"),
        ('x",URI="https://example.com/', "x',URI='https://example.com/"),
        ("Straße, Ümlaut = 1", "Straße, Ümlaut = 1"),
    ],
)
def test_a_label_cannot_leave_its_quotes(label: str, name: str) -> None:
    group = replace(ENGLISH, label=label)
    [media] = M3U8(hls.multivariant(Presentation((H264, group)))).media
    assert (media.name, media.uri) == (name, "audio/aac-en/media.m3u8")


def test_names_in_an_audio_group_differ() -> None:
    groups = [Group("audio", "aac", (audio(f"a{n}"),), label="Commentary") for n in range(3)]
    playlist = M3U8(hls.multivariant(Presentation((H264, *groups))))
    assert [m.name for m in playlist.media] == ["Commentary", "Commentary (2)", "Commentary (3)"]


def test_commentary_is_never_chosen_by_itself() -> None:
    commentary = Group("audio", "aac", (audio("c"),), language="de", role="commentary")
    playlist = M3U8(hls.multivariant(Presentation((H264, commentary, ENGLISH))))
    assert [(m.default, m.autoselect) for m in playlist.media] == [("NO", "NO"), ("YES", "YES")]
