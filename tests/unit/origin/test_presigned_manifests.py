"""Manifests that lead to a bucket: every segment by a URL of its own, and nothing else changed."""

import asyncio
from pathlib import Path

import pytest

from pipeline.origin.blocks import BlockCache
from pipeline.origin.cache import ResourceCache
from pipeline.origin.folder import Folder
from pipeline.origin.folder_source import FolderSource
from pipeline.origin.presigning.mpd import presigned_mpd
from pipeline.origin.presigning.playlists import presigned_playlist
from pipeline.origin.presigning.source import PresignedSource, is_rewritten, until_the_hour
from pipeline.origin.tally import Tally
from pipeline.storage.published import cache_control

GOLDEN = Path(__file__).parents[2] / "golden"

MPD = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011">
<BaseURL>v/7f3a/</BaseURL>
<Period><AdaptationSet contentType="video">
<SegmentTemplate timescale="24" startNumber="1" media="$RepresentationID$/seg-$Number%05d$.m4s" \
initialization="$RepresentationID$/init.mp4"><SegmentTimeline>RUNS</SegmentTimeline></SegmentTemplate>
<Representation id="video/a" bandwidth="1"/><Representation id="video/b" bandwidth="2"/>
</AdaptationSet></Period></MPD>"""


def sign(uri: str) -> str:
    return f"https://bucket.example/{uri}?X-Amz-Expires=60&X-Amz-Signature=0"


def test_a_media_playlist() -> None:
    text = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4",BYTERANGE="9@0"\n#EXT-X-KEY:METHOD=AES-128,URI="/keys/5d"\n'
    written = presigned_playlist(text + "#EXTINF:4.0,\nseg-00001.m4s\n#EXT-X-ENDLIST\n", sign)
    query = "?X-Amz-Expires=60&X-Amz-Signature=0"
    assert written == (
        f'#EXTM3U\n#EXT-X-MAP:URI="https://bucket.example/init.mp4{query}",BYTERANGE="9@0"\n'
        '#EXT-X-KEY:METHOD=AES-128,URI="/keys/5d"\n'
        f"#EXTINF:4.0,\nhttps://bucket.example/seg-00001.m4s{query}\n#EXT-X-ENDLIST\n"
    )


@pytest.mark.parametrize("name", ["audio.media.m3u8", "cenc.media.m3u8"])
def test_playlists_as_they_are_published(name: str) -> None:
    text = (GOLDEN / "hls" / name).read_text()
    written = presigned_playlist(text, sign)
    assert written.count("https://bucket.example/") == text.count(".m4s") + text.count("#EXT-X-MAP")
    assert written.replace("https://bucket.example/", "").replace(sign("")[23:], "") == text


def test_a_multivariant_playlist_stays() -> None:
    text = (GOLDEN / "hls" / "ladder.m3u8").read_text()
    assert presigned_playlist(text, sign) == text


def test_an_mpd() -> None:
    written = presigned_mpd(MPD.replace("RUNS", '<S t="0" d="96" r="1"/><S d="37"/>'), sign)
    assert "SegmentTemplate" not in written
    assert 'profiles="urn:mpeg:dash:profile:isoff-main:2011"' in written
    query = "?X-Amz-Expires=60&amp;X-Amz-Signature=0"
    for name in ("video/a", "video/b"):
        at = f"https://bucket.example/v/7f3a/{name}"
        segments = "".join(f'<SegmentURL media="{at}/seg-0000{n}.m4s{query}"/>' for n in (1, 2, 3))
        assert (
            f'<SegmentList timescale="24" duration="96"><Initialization sourceURL="{at}/init.mp4{query}"/>'
            f"{segments}</SegmentList>"
        ) in written


@pytest.mark.parametrize("name", ["ladder.mpd", "cenc.mpd", "audio-only.mpd"])
def test_mpds_as_they_are_published(name: str) -> None:
    written = presigned_mpd((GOLDEN / "dash" / name).read_text(), sign)
    assert written.count("<SegmentList") == written.count("<Representation ")
    assert "SegmentTemplate" not in written


def test_segments_that_have_no_common_duration_are_read_from_the_origin() -> None:
    text = MPD.replace("RUNS", '<S t="0" d="96"/><S d="12" r="9"/><S d="96" r="2"/>')
    written = presigned_mpd(text, sign)
    assert "SegmentTemplate" in written
    assert "bucket.example" not in written
    assert "isoff-live" in written


@pytest.mark.parametrize(
    ("path", "rewritten"), [("a/master.m3u8", True), ("a/manifest.mpd", True), ("a/seg.m4s", False)]
)
def test_what_is_rewritten(path: str, rewritten: bool) -> None:
    assert is_rewritten(path) is rewritten


def test_links_that_end_in_the_same_hour_share_a_manifest(root: Path) -> None:
    signed: list[tuple[str, int]] = []

    def sign_key(key: str, seconds: int) -> str:
        signed.append((key, seconds))
        return f"https://bucket.example/{len(signed)}"

    blocks = BlockCache(1 << 20, Tally())
    published = ResourceCache(FolderSource(Folder(root / "titles"), cache_control), blocks)
    manifests = ResourceCache(PresignedSource(published, sign_key, lambda: 7000.5), blocks)
    path = "bird/v/7f3a/video/avc-720/media.m3u8"

    async def story() -> None:
        first = await manifests.get(until_the_hour(7201, path))
        assert await manifests.get(until_the_hour(10_800, path)) is first
        assert len(signed) == 50
        later = await manifests.get(until_the_hour(10_801, path))
        assert later.plain.etag != first.plain.etag
        assert len(signed) == 100
        with pytest.raises(FileNotFoundError):
            await manifests.get(until_the_hour(10_801, "bird/none.m3u8"))

    asyncio.run(story())
    assert signed[0] == ("titles/bird/v/7f3a/video/avc-720/seg-00001.m4s", 3800)
    assert signed[50] == ("titles/bird/v/7f3a/video/avc-720/seg-00001.m4s", 7400)
