"""Encoder output to CMAF tracks: headers and segments (ISO/IEC 23000-19)."""

from packagers.cmaf.audio import AudioPlan, package_audio
from packagers.cmaf.error import CmafError
from packagers.cmaf.plan import VideoPlan
from packagers.cmaf.rendition import Rendition
from packagers.cmaf.segment import FragmentedSegment, MediaSegment
from packagers.cmaf.source import OpenFile, Source, read_source
from packagers.cmaf.video import package_video

__all__ = [
    "AudioPlan",
    "CmafError",
    "FragmentedSegment",
    "MediaSegment",
    "OpenFile",
    "Rendition",
    "Source",
    "VideoPlan",
    "package_audio",
    "package_video",
    "read_source",
]
