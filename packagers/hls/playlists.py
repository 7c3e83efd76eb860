"""Multivariant, media and I-frame playlists, written through the classes of the `m3u8` package.

What stands in quotes here was made fit for it when the presentation was built: see `packagers.names`.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from m3u8 import M3U8, IFramePlaylist, Media, Playlist

from packagers import bitrate, names
from packagers.hls.model import Key, Segment, SessionKey
from packagers.hls.variants import AudioGroup, Rendition, Variant, audio_groups, variants
from packagers.presentation import (
    INIT_NAME,
    Presentation,
    PresentationError,
    Track,
    VideoFormat,
    segment_name,
)
from packagers.protection import Protection

MEDIA_NAME, IFRAME_NAME = "media.m3u8", "iframes.m3u8"

# The lowest versions that allow what the playlists hold (RFC 8216bis 8): EXT-X-MAP needs 6, in an I-frame
# playlist 5; KEYFORMAT and SAMPLE-AES need 5. A multivariant playlist without them needs none, but the RFC
# suggests 4 for one that uses EXT-X-MEDIA.
MULTIVARIANT_VERSION, MEDIA_VERSION, IFRAME_VERSION, KEY_VERSION = 4, 6, 5, 5


def multivariant(presentation: Presentation, base: str = "") -> str:
    """The playlist of playlists. `base`, such as `v/3f9a/`, leads from it to the version's folder.

    Raises ValueError where `base` is no relative folder.
    """
    folder = names.folder(base)
    playlist = M3U8()
    playlist.version = MULTIVARIANT_VERSION
    playlist.is_independent_segments = True
    for group in audio_groups(presentation):
        for rendition in group.renditions:
            playlist.add_media(_rendition(presentation, group, rendition, folder))
    for variant in variants(presentation):
        playlist.add_playlist(_variant(variant, folder, playlist.media))
    for track in presentation.tracks:
        if track.sync_points:
            playlist.add_iframe_playlist(_iframe_variant(presentation, track, folder))
    playlist.session_keys = _session_keys(presentation)
    if playlist.session_keys:
        playlist.version = KEY_VERSION
    return str(playlist.dumps())


def media_playlist(track: Track, target_duration: int, protection: Protection | None = None) -> str:
    """All segments of `track`, with URIs relative to its folder. `protection` is that of its group.

    Raises PresentationError where a segment is too long for `target_duration`, that of the presentation
    (RFC 8216bis 4.4.3.1).
    """
    playlist = _vod(track, target_duration, MEDIA_VERSION)
    lengths = extinf((s.duration for s in track.segments), track.timescale)
    for number, length in enumerate(lengths, 1):
        playlist.add_segment(_segment(number, length, _keys(protection, number)))
    return _text(playlist)


def iframe_playlist(track: Track, target_duration: int, protection: Protection | None = None) -> str:
    """The I-frames of `track` for trick play: byte ranges, each lasting until the next (RFC 8216bis 4.4.3.6).

    Raises PresentationError where the track has no sync points, or as `media_playlist` does.
    """
    if not track.sync_points:
        raise PresentationError(f"{track.path}: no I-frame is known, so it can have no I-frame playlist")
    playlist = _vod(track, target_duration, IFRAME_VERSION)
    playlist.is_i_frames_only = True
    lengths = extinf((p.duration for p in track.sync_points), track.timescale)
    for number, segment in enumerate(track.segments, 1):
        keys = _keys(protection, number)
        for point in segment.sync_points:
            place = f"{point.size}@{point.offset}"
            playlist.add_segment(_segment(number, next(lengths), keys, byterange=place))
    return _text(playlist)


def extinf(durations: Iterable[int], timescale: int) -> Iterator[Decimal]:
    """EXTINF durations in seconds; each, and any sum of them, is exact to a microsecond.

    It is the boundaries that are rounded, so that no error adds up: a time at 23.976 fps is seldom a finite
    decimal, and HLS authoring rule 8.1 wants the sum exact to a frame.
    """
    end = written = 0
    for ticks in durations:
        end += ticks
        boundary = round(Fraction(end * 10**6, timescale))
        yield Decimal(boundary - written).scaleb(-6)
        written = boundary


def _rendition(presentation: Presentation, group: AudioGroup, rendition: Rendition, folder: str) -> Media:
    source, default = rendition.group, rendition is group.default
    # Without picture the variant itself names the default rendition, which then has no URI of its own here
    # (RFC 8216bis 4.4.6.2.1).
    in_variant = default and not presentation.of_kind("video")
    return Media(
        type="AUDIO",
        group_id=group.id,
        name=rendition.name,
        language=None if source.language == "und" else source.language,
        default=_yes(default),
        # Commentary and the like must never be chosen because its language is the viewer's.
        autoselect=_yes(default or source.role not in ("alternate", "commentary")),
        characteristics="public.accessibility.describes-video" if source.role == "description" else None,
        channels=str(group.channels),
        uri=None if in_variant else f"{folder}{rendition.track.path}/{MEDIA_NAME}",
    )


def _variant(variant: Variant, folder: str, media: list[Media]) -> Playlist:
    info = {
        "bandwidth": variant.bandwidth,
        "average_bandwidth": variant.average_bandwidth,
        "codecs": variant.codecs,
        "audio": variant.audio and variant.audio.id,
        "closed_captions": "NONE",
    }
    picture = variant.track.format
    if isinstance(picture, VideoFormat):
        info["frame_rate"] = float(picture.frame_rate)  # m3u8 writes three digits
    uri = f"{folder}{variant.track.path}/{MEDIA_NAME}"
    return Playlist(uri, info | _picture(variant.track), media, base_uri=None)


def _iframe_variant(presentation: Presentation, track: Track, folder: str) -> IFramePlaylist:
    info = {
        "bandwidth": bitrate.peak(track.sync_points, track.timescale, presentation.target_duration),
        "average_bandwidth": bitrate.average(track.sync_points, track.timescale),
        "codecs": track.codecs,
    }
    return IFramePlaylist(None, f"{folder}{track.path}/{IFRAME_NAME}", info | _picture(track))


def _picture(track: Track) -> dict[str, str]:
    if not isinstance(track.format, VideoFormat):
        return {}
    return {"resolution": f"{track.format.width}x{track.format.height}", "video_range": "SDR"}


def _vod(track: Track, target_duration: int, version: int) -> M3U8:
    if track.target_duration > target_duration:
        raise PresentationError(f"{track.path}: a segment is longer than the target of {target_duration} s")
    playlist = M3U8()
    playlist.version = version
    playlist.target_duration = target_duration
    playlist.playlist_type = "VOD"
    playlist.is_endlist = True
    return playlist


def _segment(number: int, length: Decimal, keys: tuple[Key, ...], byterange: str | None = None) -> Segment:
    uri = segment_name(number)
    segment = Segment(uri=uri, duration=length, byterange=byterange, init_section={"uri": INIT_NAME})
    segment.keys = keys
    return segment


def _keys(protection: Protection | None, number: int) -> tuple[Key, ...]:
    """Of the segment `number`: none in the clear lead."""
    if not protection or number <= protection.clear_segments:
        return ()
    return tuple(Key(protection, line) for line in protection.key_lines)


def _session_keys(presentation: Presentation) -> list[SessionKey]:
    """Every key line, so that players can ask for keys early. None may be there twice (RFC 8216bis 4.4.6.5),
    and a KEYID does not make it another."""
    found: list[SessionKey] = []
    for protection in filter(None, (group.protection for group in presentation.groups)):
        lines = (SessionKey(protection, line) for line in protection.key_lines)
        found += [key for key in lines if key not in found]
    return found


def _text(playlist: M3U8) -> str:
    return str(playlist.dumps(infspec="microseconds"))


def _yes(value: bool) -> str:
    return "YES" if value else "NO"
