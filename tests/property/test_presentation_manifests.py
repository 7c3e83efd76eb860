"""Whatever the presentation: both manifests say the same, it is true, and it is well formed."""

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree
from m3u8 import M3U8
from presentations import audio_groups, presentations, protected_presentations

from packagers import bitrate, dash, hls
from packagers.hls.variants import variants
from packagers.presentation import Presentation, Segment, Track
from packagers.protection import Protection
from packagers.readback import ManifestError, ProtectionReference

CHECKOUT = Path(__file__).parents[2]
MICROSECOND = Fraction(1, 10**6)


def has_no_mpd(presentation: Presentation) -> bool:
    return any(g.protection and g.protection.scheme == "aes-128" for g in presentation.groups)


def protected_tracks(presentation: Presentation) -> Iterator[tuple[Track, Protection]]:
    for group in presentation.groups:
        assert group.protection
        for track in group.tracks:
            yield track, group.protection


@given(presentation=presentations())
def test_mpd_is_valid(mpd_schema: etree.XMLSchema, presentation: Presentation) -> None:
    mpd_schema.assertValid(etree.fromstring(dash.mpd(presentation, "v/3f9a/").encode()))


@given(presentation=protected_presentations())
def test_mpd_of_a_protected_title_is_valid(mpd_schema: etree.XMLSchema, presentation: Presentation) -> None:
    assume(not has_no_mpd(presentation))
    mpd_schema.assertValid(etree.fromstring(dash.mpd(presentation).encode()))


def test_golden_mpds_are_valid(mpd_schema: etree.XMLSchema) -> None:
    paths = list((CHECKOUT / "tests/golden/dash").glob("*.mpd"))
    assert paths
    for path in paths:
        mpd_schema.assertValid(etree.parse(path))


@given(presentations())
def test_mpd_timelines_are_the_segments(presentation: Presentation) -> None:
    for track, found in zip(presentation.tracks, dash.read_mpd(dash.mpd(presentation)), strict=True):
        assert found.init == f"{track.path}/init.mp4"
        assert [s.uri for s in found.segments] == [
            f"{track.path}/seg-{n:05d}.m4s" for n in range(1, len(track.segments) + 1)
        ]
        assert [s.duration for s in found.segments] == [
            Fraction(s.duration, track.timescale) for s in track.segments
        ]


@given(presentations())
def test_both_manifests_name_the_same_media_at_the_same_times(presentation: Presentation) -> None:
    by_init = {r.init: r for r in dash.read_mpd(dash.mpd(presentation, "v/1/"))}
    playlists = hls.read_multivariant(hls.multivariant(presentation, "v/1/")).media_playlists
    tracks = {f"v/1/{track.path}/media.m3u8": track for track in presentation.tracks}
    assert set(playlists) == set(tracks)
    for uri in playlists:
        text = hls.media_playlist(tracks[uri], presentation.target_duration)
        found = hls.read_media_playlist(text, uri)
        assert found.agrees_with(by_init[found.init])
        assert abs(sum(s.duration for s in found.segments) - tracks[uri].duration) <= MICROSECOND


@given(protected_presentations())
def test_both_manifests_say_how_each_track_is_protected(presentation: Presentation) -> None:
    by_init = {}
    if not has_no_mpd(presentation):
        by_init = {r.init: r for r in dash.read_mpd(dash.mpd(presentation))}
    for track, due in protected_tracks(presentation):
        text = hls.media_playlist(track, presentation.target_duration, due)
        M3U8(text, strict=True)
        found = hls.read_media_playlist(text, f"{track.path}/media.m3u8")
        kid = due.kid if any(line.states_kid for line in due.key_lines) else None
        assert found.protection == ProtectionReference(due.scheme, kid, due.clear_segments)
        if by_init:
            assert found.agrees_with(by_init[found.init])
            assert by_init[found.init].protection == ProtectionReference(due.scheme, due.kid)


@given(protected_presentations())
def test_keys_begin_with_the_first_encrypted_segment(presentation: Presentation) -> None:
    for track, due in protected_tracks(presentation):
        clear = due.clear_segments
        head, *_ = hls.media_playlist(track, presentation.target_duration, due).split("#EXT-X-KEY")
        assert head.count("#EXTINF") == clear
        if track.sync_points:
            text = hls.iframe_playlist(track, presentation.target_duration, due)
            head, *_ = text.split("#EXT-X-KEY")
            assert head.count("#EXTINF") == sum(len(s.sync_points) for s in track.segments[:clear])


@given(presentations())
def test_iframes_follow_each_other_over_the_whole_track(presentation: Presentation) -> None:
    for track in presentation.tracks:
        if not track.sync_points:
            continue
        found = hls.read_media_playlist(hls.iframe_playlist(track, presentation.target_duration))
        assert [s.byte_range for s in found.segments] == [(p.offset, p.size) for p in track.sync_points]
        assert abs(found.ends[-1] - track.duration) <= MICROSECOND


@given(presentations())
def test_playlists_follow_the_version_they_state(presentation: Presentation) -> None:
    M3U8(hls.multivariant(presentation), strict=True)
    for track in presentation.tracks:
        M3U8(hls.media_playlist(track, presentation.target_duration), strict=True)


def windows(track: Track, target: int) -> Iterator[Fraction]:
    """The bit rate of each run of segments that the definition of the peak counts (RFC 8216bis 4.1)."""
    for first in range(len(track.segments)):
        for last in range(first, len(track.segments)):
            run = track.segments[first : last + 1]
            seconds = Fraction(sum(s.duration for s in run), track.timescale)
            if Fraction(target, 2) <= seconds <= Fraction(3 * target, 2):
                yield Fraction(8 * sum(s.size for s in run)) / seconds


@given(presentations())
def test_no_run_of_segments_exceeds_the_declared_bandwidth(presentation: Presentation) -> None:
    for track in presentation.tracks:
        declared = presentation.peak_bandwidth(track)
        rates = [*windows(track, presentation.target_duration), Fraction(track.average_bandwidth)]
        assert max(rates) <= declared < max(rates) + 1


@given(presentations())
def test_variants_declare_their_most_demanding_combination(presentation: Presentation) -> None:
    for variant in variants(presentation):
        sounds = [r.track for r in variant.audio.renditions] if variant.audio else []
        for sound in sounds or [variant.track]:
            playable = {variant.track, sound} if presentation.of_kind("video") else {sound}
            assert variant.bandwidth >= sum(presentation.peak_bandwidth(t) for t in playable)
            assert variant.average_bandwidth >= sum(t.average_bandwidth for t in playable)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99)), min_size=1, max_size=12), st.integers(1, 400)
)
def test_start_buffer_is_just_enough_from_every_segment(pairs: list[tuple[int, int]], bandwidth: int) -> None:
    pieces = [Segment(duration, size) for duration, size in pairs]
    buffer = bitrate.start_buffer(pieces, 1, bandwidth)
    spare = []
    for first in range(len(pieces)):
        arrived, due = Fraction(0), buffer
        for piece in pieces[first:]:
            arrived += Fraction(8 * piece.size, bandwidth)
            spare.append(due - arrived)
            due += piece.duration
    assert min(spare) == 0


@given(audio_groups(0), st.text(st.characters(), max_size=300))
def test_labels_reach_both_manifests(group: object, label: str) -> None:
    presentation = Presentation((replace(group, label=label),))
    title = presentation.groups[0].title
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in title)
    hls.multivariant(presentation).encode()
    [media, *_] = M3U8(hls.multivariant(presentation)).media
    assert media.name == title.replace('"', "'")
    labels = ET.fromstring(dash.mpd(presentation)).findall(".//{*}Label")
    assert [element.text for element in labels] == ([title] if label else [])


def _mutated(text: str, start: float, length: int, new: str) -> str:
    at = int(start * len(text))
    return text[:at] + new + text[at + length :]


@given(
    st.one_of(presentations(), protected_presentations()),
    st.sampled_from(["master", "media", "mpd"]),
    st.floats(0, 1),
    st.integers(0, 40),
    st.one_of(
        st.text(max_size=20), st.sampled_from(["-1", "1e999", "nan", ",", "=", '"', "\n", "..", "<", "$"])
    ),
)
def test_readers_refuse_what_they_cannot_read(
    presentation: Presentation, kind: str, start: float, length: int, new: str
) -> None:
    assume(kind != "mpd" or not has_no_mpd(presentation))
    track, key = presentation.tracks[0], presentation.groups[0].protection
    readers: dict[str, tuple[Callable[[str], object], Callable[[], str]]] = {
        "master": (hls.read_multivariant, lambda: hls.multivariant(presentation)),
        "media": (
            hls.read_media_playlist,
            lambda: hls.media_playlist(track, presentation.target_duration, key),
        ),
        "mpd": (dash.read_mpd, lambda: dash.mpd(presentation)),
    }
    read, write = readers[kind]
    text = write()
    with suppress(ManifestError):
        read(_mutated(text, start, length, new))
