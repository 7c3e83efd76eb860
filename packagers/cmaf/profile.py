"""CMAF media profiles: which brands a track may carry because it keeps their limits."""

from fractions import Fraction

from packagers.cmaf.entry import colour
from packagers.codecs import audio_object_type
from packagers.mp4.decoder_config import Av1Configuration, AvcConfiguration, ElementaryStreamDescriptor
from packagers.mp4.descriptor import ElementaryStream
from packagers.mp4.sample_entry import AudioSampleEntry, VisualSampleEntry

AVC_HIGH = 100
BT709 = (1, 1, 1)
AVC_PROFILE_LEVELS = {"cfhd": 40, "chdf": 42}
AAC_CORE_OBJECT_TYPES = {2, 5, 29}


def video_brands(entry: VisualSampleEntry, frame_rate: Fraction) -> tuple[str, ...]:
    """`cfhd` and `chdf` for H.264 within ISO/IEC 23000-19 Annex A.1, `av01` for AV1 (AV1 ISOBMFF binding 3).

    A track in the limits of the lower profile is in those of the higher, and carries both: so do all tracks
    of a switching set.
    """
    if any(entry.find("av1C", Av1Configuration)):
        return ("av01",)
    config = next(entry.find("avcC", AvcConfiguration), None)
    if config is None or config.profile != AVC_HIGH or colour(entry) != BT709:
        return ()
    if entry.width > 1920 or entry.height > 1080 or frame_rate > 60:
        return ()
    return tuple(brand for brand, level in AVC_PROFILE_LEVELS.items() if config.level <= level)


def audio_brands(entry: AudioSampleEntry) -> tuple[str, ...]:
    """`caac` for AAC of up to two channels and 48 kHz (ISO/IEC 23000-19 Annex A.3)."""
    config = next(entry.find("esds", ElementaryStreamDescriptor), None)
    if config is None or entry.channel_count > 2 or entry.sample_rate > 48000:
        return ()
    kind = audio_object_type(ElementaryStream.parse(config.descriptor).config)
    return ("caac",) if kind in AAC_CORE_OBJECT_TYPES else ()
