"""Encoder output made by hand: fragmented MP4 as ffmpeg writes it, with text for media data."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from io import BytesIO

from packagers.mp4.box import Box, Opaque, Parent, header
from packagers.mp4.brand import FileType
from packagers.mp4.decoder_config import AvcConfiguration, ElementaryStreamDescriptor
from packagers.mp4.edit import EDITS, EditList
from packagers.mp4.fragment import (
    DEFAULT_BASE_IS_MOOF,
    NON_SYNC,
    SAMPLES,
    SYNC,
    MovieFragmentHeader,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.movie import MovieHeader, TrackExtends
from packagers.mp4.sample_entry import (
    AudioSampleEntry,
    BitRate,
    ColourInformation,
    PixelAspectRatio,
    SampleEntry,
    VisualSampleEntry,
)
from packagers.mp4.sample_table import SampleDescription
from packagers.mp4.table import Table
from packagers.mp4.track import MediaHeader

HIGH_4_0 = AvcConfiguration(
    profile=100, profile_compatibility=0, level=40, parameter_sets=bytes.fromhex("e1 0001 67 01 0001 68")
)
BT709 = ColourInformation(code_points=(1, 1, 1), full_range=0, reserved=0)
AVC1 = VisualSampleEntry(
    width=320,
    height=180,
    compressor_name=b"\x04Lavc".ljust(32, b"\0"),
    children=(
        HIGH_4_0,
        BT709,
        PixelAspectRatio(h_spacing=4, v_spacing=3),
        BitRate(buffer_size=1, max_bitrate=2, avg_bitrate=3),
    ),
)
AAC_LC = ElementaryStreamDescriptor(
    descriptor=bytes.fromhex(
        "03 80808022 0001 00 04 80808014 40 15 000000 0001f400 0001f400 05 80808002 1190 06 80808001 02"
    )
)
MP4A = AudioSampleEntry(channel_count=2, sample_rate=Fraction(48000), children=(AAC_LC,))


def encoded(
    entry: SampleEntry, timescale: int, fragments: Iterable[bytes], *, skip: int | None = None
) -> bytes:
    """A file of one track; `skip` is the media time of its edit list."""
    brand = FileType(major_brand="iso6", compatible_brands=("iso6", "mp41")).to_bytes()
    return brand + movie([entry], timescale, skip).to_bytes() + b"".join(fragments)


def movie(entries: Sequence[Box], timescale: int = 25000, skip: int | None = None) -> Parent:
    table = box("stbl", SampleDescription(entry_count=len(entries), children=tuple(entries)))
    media = box("mdia", MediaHeader(timescale=timescale), box("minf", table))
    edits = [] if skip is None else [box("edts", edit(skip))]
    return box(
        "moov",
        MovieHeader(timescale=1000, next_track_id=2),
        box("trak", *edits, media),
        box("mvex", TrackExtends(track_id=1)),
        Opaque(type="udta", data=b"Lavf"),
    )


def edit(media_time: int) -> EditList:
    return EditList(
        entries=EDITS.table(
            segment_duration=[0], media_time=[media_time], media_rate=[1], media_rate_fraction=[0]
        )
    )


def fragment(time: int, duration: int, samples: Table, media: bytes, *, sync: bool) -> bytes:
    """Of video if not `sync`: then the first sample alone is a sync sample."""
    moof = movie_fragment(time, duration, samples, sync, 0)
    moof = movie_fragment(time, duration, samples, sync, moof.size + 8)
    return moof.to_bytes() + header("mdat", len(media)) + media


def movie_fragment(time: int, duration: int, samples: Table, sync: bool, data_offset: int) -> Parent:
    defaults = TrackFragmentHeader(
        flags=DEFAULT_BASE_IS_MOOF,
        track_id=1,
        default_sample_duration=duration,
        default_sample_flags=SYNC if sync else NON_SYNC,
    )
    run = TrackRun(
        version=1,
        sample_count=len(samples),
        data_offset=data_offset,
        first_sample_flags=None if sync else SYNC,
        samples=samples,
    )
    traf = box("traf", defaults, TrackFragmentDecodeTime(base_media_decode_time=time), run)
    return box("moof", MovieFragmentHeader(sequence_number=1), traf)


def gop(first: int, frames: Sequence[int], ticks: int = 1000, delay: int = 0) -> bytes:
    """Frames in decode order, as numbers in presentation order; the data of frame 7 are `<7>`.

    `first` frames were decoded before. With a `delay`, presentation times are that many frames later.
    """
    media = [f"<{frame}>".encode() for frame in frames]
    offsets = [(frame + delay - first - index) * ticks for index, frame in enumerate(frames)]
    samples = SAMPLES.table(
        version=1, sample_size=[len(data) for data in media], sample_composition_time_offset=offsets
    )
    return fragment(first * ticks, ticks, samples, b"".join(media), sync=False)


def encoded_video(
    *gops: Sequence[int],
    entry: SampleEntry = AVC1,
    ticks: int = 1000,
    timescale: int = 25000,
    delay: int = 0,
) -> bytes:
    """Each of `gops` is a fragment: frame numbers of the chunk, in decode order."""
    firsts = [sum(map(len, gops[:index])) for index in range(len(gops))]
    fragments = [gop(first, frames, ticks, delay) for first, frames in zip(firsts, gops, strict=True)]
    return encoded(entry, timescale, fragments, skip=delay * ticks if delay else None)


def encoded_audio(units: int, *, skip: int | None = 1024, entry: SampleEntry = MP4A) -> bytes:
    """AAC in fragments of four access units; the data of unit 7 are `<7>`."""
    fragments = []
    for first in range(0, units, 4):
        media = [f"<{unit}>".encode() for unit in range(first, min(first + 4, units))]
        samples = SAMPLES.table(sample_size=[len(data) for data in media])
        fragments.append(fragment(first * 1024, 1024, samples, b"".join(media), sync=True))
    return encoded(entry, 48000, fragments, skip=skip)


def opener(data: bytes) -> Callable[[], BytesIO]:
    return partial(BytesIO, data)


def box(type_: str, *children: Box) -> Parent:
    return Parent(type=type_, children=children)
