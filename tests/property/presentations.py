"""Random presentations for the property tests of the manifests."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from packagers import systems
from packagers.key_classes import KeyClass, protect
from packagers.presentation import (
    AudioFormat,
    Group,
    Presentation,
    Role,
    Segment,
    SyncPoint,
    Track,
    VideoFormat,
)
from packagers.protection import Protection, Scheme

FRAME_RATES = [Fraction(r) for r in ("24000/1001", "24", "25", "30000/1001", "50", "60000/1001")]
VIDEO_CODECS = {"h264": "avc1.64001f", "hevc": "hvc1.1.6.L93.B0", "av1": "av01.0.05M.08"}
AUDIO_CODECS = {"aac": "mp4a.40.2", "opus": "opus", "ac-3": "ac-3"}
ROLES: list[Role] = ["main", "alternate", "commentary", "dub", "description"]
AAC_FRAME = 1024

sizes = st.integers(1_000, 4_000_000)


@st.composite
def video_segments(draw: st.DrawFn, frames: list[int], ticks: int, with_gops: bool) -> tuple[Segment, ...]:
    """Segments of so many frames, each of `ticks`, and cut into GOPs of at most 48 frames."""
    segments = []
    for count in frames:
        gops = [min(48, count - start) for start in range(0, count, 48)]
        size = draw(sizes)
        share = size // len(gops)
        iframe = draw(st.integers(1, share))
        points = [SyncPoint(i * share, iframe, gop * ticks) for i, gop in enumerate(gops)]
        segments.append(Segment(count * ticks, size, tuple(points) if with_gops else ()))
    return tuple(segments)


@st.composite
def video_groups(draw: st.DrawFn, number: int) -> Group:
    codec = draw(st.sampled_from(sorted(VIDEO_CODECS)))
    rate = draw(st.sampled_from(FRAME_RATES))
    scale = draw(st.sampled_from([1, 2, 1000]))
    frames = draw(st.lists(st.integers(1, 400), min_size=1, max_size=8))
    tracks = []
    for rung in range(draw(st.integers(1, 3))):
        picture = VideoFormat(draw(st.integers(2, 3840)), draw(st.integers(2, 2160)), rate)
        segments = draw(video_segments(frames, rate.denominator * scale, draw(st.booleans())))
        path = f"video/{codec}-{number}-{rung}"
        tracks.append(Track(path, VIDEO_CODECS[codec], rate.numerator * scale, picture, segments))
    return Group("video", codec, tuple(tracks))


@st.composite
def audio_groups(draw: st.DrawFn, number: int) -> Group:
    codec = draw(st.sampled_from(sorted(AUDIO_CODECS)))
    sound = AudioFormat(draw(st.sampled_from([44_100, 48_000])), draw(st.integers(1, 8)))
    tracks = []
    for step in range(draw(st.integers(1, 2))):
        counts = draw(st.lists(st.integers(1, 300), min_size=1, max_size=8))
        segments = tuple(Segment(count * AAC_FRAME, draw(sizes)) for count in counts)
        path = f"audio/{codec}-{number}-{step}"
        tracks.append(Track(path, AUDIO_CODECS[codec], sound.sample_rate, sound, segments))
    return Group(
        "audio",
        codec,
        tuple(tracks),
        language=draw(st.sampled_from(["und", "en", "pt-BR", "zh-Hant"])),
        role=draw(st.sampled_from(ROLES)),
        label=draw(st.text(max_size=20)),
    )


@st.composite
def keys(draw: st.DrawFn, scheme: Scheme, clear_segments: int) -> dict[KeyClass, Protection]:
    """A key for each class, and whatever ways there may be to it; no two classes have one key."""
    ids = draw(st.lists(st.binary(min_size=16, max_size=16), min_size=4, max_size=4, unique=True))
    return {
        name: Protection(scheme, kid, draw(ways(scheme, kid)), clear_segments)
        for name, kid in zip(("audio", "sd", "hd", "uhd"), ids, strict=True)
    }


@st.composite
def ways(draw: st.DrawFn, scheme: Scheme, kid: bytes) -> tuple[systems.System, ...]:
    embedded = systems.embedded(scheme, kid, "/license?a=1&b=2", f"/keys/{kid.hex()}")
    if scheme == "aes-128":
        return embedded
    box = draw(st.binary(min_size=1, max_size=40))
    more = [systems.widevine(box), systems.common(box), systems.fairplay(f"skd://{kid.hex()}")]
    return tuple(draw(st.permutations([*embedded, *draw(st.lists(st.sampled_from(more), unique=True))])))


@st.composite
def protected_presentations(draw: st.DrawFn) -> Presentation:
    """Every class of tracks under its own key, after as long a clear lead as the shortest track allows."""
    scheme = draw(st.sampled_from(["cbcs", "cenc", "aes-128"]))
    presentation = draw(presentations())
    if scheme == "aes-128":
        presentation = without_sync_points(presentation)
    lead = draw(st.integers(0, min(len(track.segments) for track in presentation.tracks) - 1))
    return protect(_alike(presentation), draw(keys(scheme, lead)))


def without_sync_points(presentation: Presentation) -> Presentation:
    groups = (
        replace(group, tracks=tuple(_without_sync_points(track) for track in group.tracks))
        for group in presentation.groups
    )
    return Presentation(tuple(groups))


def _without_sync_points(track: Track) -> Track:
    return replace(track, segments=tuple(Segment(s.duration, s.size) for s in track.segments))


def _alike(presentation: Presentation) -> Presentation:
    """Without a second video group of the same codec, whose boundaries are others."""
    groups = {(g.codec if g.kind == "video" else g.tracks[0].path): g for g in presentation.groups}
    return Presentation(tuple(groups.values()))


@st.composite
def presentations(draw: st.DrawFn) -> Presentation:
    videos = draw(st.integers(0, 2))
    audios = draw(st.integers(0 if videos else 1, 3))
    groups = [draw(video_groups(n)) for n in range(videos)] + [draw(audio_groups(n)) for n in range(audios)]
    return Presentation(tuple(draw(st.permutations(groups))))
