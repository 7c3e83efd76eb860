"""Sample entries as CMAF wants them: what decoders need, without the encoder's notes about itself."""

from dataclasses import replace
from fractions import Fraction

from packagers.cmaf.error import CmafError
from packagers.mp4.box import Box
from packagers.mp4.decoder_config import ElementaryStreamDescriptor
from packagers.mp4.descriptor import ElementaryStream
from packagers.mp4.sample_entry import (
    AudioSampleEntry,
    ColourInformation,
    PixelAspectRatio,
    SampleEntry,
    VisualSampleEntry,
)

ENCODER_NOTES = {"btrt", "fiel"}
"""Boxes that encoders add: rates as they were set, not as they came out, and the order of fields."""


def video_entry(entry: SampleEntry) -> VisualSampleEntry:
    """With colour and pixel shape, as ISO/IEC 23000-19 9.2 has it. `CmafError` when there is no colour."""
    if not isinstance(entry, VisualSampleEntry):
        raise CmafError(f"the sample entry is {entry.type}, not of video")
    if colour(entry) is None:
        raise CmafError("the encoder states no colour: give it primaries, transfer and matrix (H.273)")
    children = essential(entry)
    if not any(isinstance(child, PixelAspectRatio) for child in children):
        children += (PixelAspectRatio(h_spacing=1, v_spacing=1),)
    return replace(entry, compressor_name=bytes(32), children=children)


def audio_entry(entry: SampleEntry, timescale: int) -> AudioSampleEntry:
    """With `ES_ID` 0, which files demand (ISO/IEC 14496-14 3.1.2, ISO/IEC 23000-19 10.3.4.2.3)."""
    if not isinstance(entry, AudioSampleEntry):
        raise CmafError(f"the sample entry is {entry.type}, not of audio")
    if entry.sample_rate != timescale:
        raise CmafError(f"expected timescale {entry.sample_rate}, the sample rate, found {timescale}")
    return replace(entry, children=tuple(anonymous(child) for child in essential(entry)))


def essential(entry: SampleEntry) -> tuple[Box, ...]:
    return tuple(child for child in entry.children if child.type not in ENCODER_NOTES)


def anonymous(box: Box) -> Box:
    if not isinstance(box, ElementaryStreamDescriptor):
        return box
    return replace(box, descriptor=replace(ElementaryStream.parse(box.descriptor), es_id=0).to_bytes())


def colour(entry: SampleEntry) -> tuple[int, ...] | None:
    """H.273 code points of primaries, transfer and matrix."""
    return next((box.code_points for box in entry.find("colr", ColourInformation) if box.code_points), None)


def pixel_aspect(entry: SampleEntry) -> Fraction:
    """Width over height of a pixel; square when the entry does not say (ISO/IEC 14496-12 12.1.4)."""
    box = next(entry.find("pasp", PixelAspectRatio), None)
    return Fraction(box.h_spacing, box.v_spacing) if box and box.v_spacing else Fraction(1)
