"""Small titles at 24000/1001 with an odd last segment, which the tests of both manifests write."""

from fractions import Fraction

from packagers.presentation import (
    AudioFormat,
    Group,
    Presentation,
    Segment,
    SyncPoint,
    Track,
    VideoFormat,
)

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
