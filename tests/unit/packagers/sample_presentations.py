"""Small titles at 24000/1001 with an odd last segment, which the tests of both manifests write."""

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

from packagers import systems
from packagers.key_classes import KeyClass, protect
from packagers.mp4.protection import ProtectionSystemHeader
from packagers.presentation import (
    AudioFormat,
    Group,
    Presentation,
    Segment,
    SyncPoint,
    Track,
    VideoFormat,
)
from packagers.protection import Protection, Scheme, System

FRAME_RATE = Fraction(24000, 1001)
SEGMENT_FRAMES = (96, 96, 96, 37)
GOP_FRAMES = 48


def video(name: str, codecs: str, width: int, height: int, sizes: tuple[int, ...]) -> Track:
    """A track of 325 frames; each GOP gets an equal share of its segment, a quarter of it the I-frame."""
    segments = tuple(_segment(frames, size) for frames, size in zip(SEGMENT_FRAMES, sizes, strict=True))
    return Track(f"video/{name}", codecs, 24000, VideoFormat(width, height, FRAME_RATE), segments)


def _segment(frames: int, size: int) -> Segment:
    gops = [GOP_FRAMES] * (frames // GOP_FRAMES) + ([frames % GOP_FRAMES] if frames % GOP_FRAMES else [])
    share = size // len(gops)
    points = (SyncPoint(i * share, share // 4, gop * 1001) for i, gop in enumerate(gops))
    return Segment(frames * 1001, size, tuple(points))


def audio(name: str, codecs: str = "mp4a.40.2", channels: int = 2, rate: int = 16_000) -> Track:
    """48 kHz sound, cut at the AAC frames nearest to the picture's boundaries; `rate` is in bytes/s."""
    ticks = (188 * 1024, 188 * 1024, 187 * 1024, 73 * 1024)
    segments = tuple(Segment(t, t * rate // 48_000) for t in ticks)
    return Track(f"audio/{name}", codecs, 48_000, AudioFormat(48_000, channels), segments)


H264_360 = video("h264-360", "avc1.4d401e", 640, 360, (360_000, 400_000, 380_000, 150_000))
H264_720 = video("h264-720", "avc1.64001f", 1280, 720, (1_000_000, 1_100_000, 900_000, 400_000))
AV1_720 = video("av1-720", "av01.0.05M.08", 1280, 720, (600_000, 700_000, 550_000, 250_000))
H264 = Group("video", "h264", (H264_360, H264_720))
AV1 = Group("video", "av1", (AV1_720,))
ENGLISH = Group("audio", "aac", (audio("aac-en"),), language="en", label="English")
GERMAN = Group("audio", "aac", (audio("aac-de"),), language="de", role="dub", label="Deutsch")
DESCRIPTION = Group(
    "audio", "aac", (audio("aac-en-ad"),), language="en", role="description", label='English "described"'
)
SURROUND = Group("audio", "ac-3", (audio("ac3-en", "ac-3", 6, rate=48_000),), language="en", label="English")

LADDER = Presentation((H264, AV1, ENGLISH))
LANGUAGES = Presentation((H264, ENGLISH, GERMAN, DESCRIPTION, SURROUND))
AUDIO_ONLY = Presentation((ENGLISH, GERMAN))
VIDEO_ONLY = Presentation((Group("video", "h264", (H264_360,)),))

KEYS: dict[KeyClass, bytes] = {
    "audio": bytes([0xA0] * 16),
    "sd": bytes([0x5D] * 16),
    "hd": bytes([0x4D] * 16),
}
"""Ids of keys. There are no keys: manifests need none."""


def pssh(system: str, data: bytes) -> bytes:
    return ProtectionSystemHeader(system_id=UUID(system).bytes, data=data).to_bytes()


def every_system(kid: bytes) -> tuple[System, ...]:
    """What a title says that all players may play; the boxes hold less than real ones."""
    return (
        systems.fairplay(f"skd://film/{kid.hex()}"),
        systems.widevine(pssh(systems.WIDEVINE, b"\x12\x10" + kid)),
        systems.playready(pssh(systems.PLAYREADY, b"<WRMHEADER/>" + kid)),
        systems.clear_key(kid, "/license/clearkey"),
        systems.common(pssh(systems.COMMON, b"")),
    )


def protection(scheme: Scheme, kid: bytes, clear_segments: int = 0) -> Protection:
    """By the origin's own key service."""
    ways = systems.embedded(scheme, kid, "/license/clearkey", f"/keys/{kid.hex()}")
    return Protection(scheme, kid, ways, clear_segments)


def protected(presentation: Presentation, scheme: Scheme, clear_segments: int = 0) -> Presentation:
    keys = {name: protection(scheme, kid, clear_segments) for name, kid in KEYS.items()}
    return protect(presentation, keys)


def without_sync_points(track: Track) -> Track:
    return replace(track, segments=tuple(Segment(s.duration, s.size) for s in track.segments))


SYSTEMS = protect(LADDER, {name: Protection("cbcs", kid, every_system(kid)) for name, kid in KEYS.items()})
CENC = protected(LANGUAGES, "cenc")
CLEAR_LEAD = protected(LADDER, "cbcs", clear_segments=2)
AES_128 = protected(
    Presentation((replace(H264, tracks=tuple(map(without_sync_points, H264.tracks))), ENGLISH)), "aes-128"
)
