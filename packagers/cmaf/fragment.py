"""CMAF fragments and segments: one `moof` and `mdat` a fragment, one or more fragments a segment.

ISO/IEC 23000-19 7.3.2.4 and 7.3.3.1; every default is in the fragment itself, as `cmf2` has it (7.7.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from packagers.cmaf.header import TRACK_ID
from packagers.mp4.box import Parent, header
from packagers.mp4.brand import FileType
from packagers.mp4.fragment import (
    DEFAULT_BASE_IS_MOOF,
    MovieFragmentHeader,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.table import Table
from packagers.presentation import Segment, SyncPoint

SEGMENT_TYPE = FileType(type="styp", major_brand="msdh", compatible_brands=("msdh", "cmfs")).to_bytes()
"""ISO/IEC 23009-1 6.3.4.2 wants `msdh` in a media segment, ISO/IEC 23000-19 7.2 `cmfs` in a CMAF segment."""


@dataclass(frozen=True)
class Fragment:
    """Samples to put in one fragment; times are ticks. The first sample may have flags of its own."""

    number: int
    decode_time: int
    sample_duration: int
    sample_flags: int
    samples: Table
    first_sample_flags: int | None = None

    @property
    def first_size(self) -> int:
        """Bytes of the first sample."""
        return int(self.samples["sample_size"][0])

    @property
    def duration(self) -> int:
        """Ticks of decode time, all samples being of the default duration."""
        return len(self.samples) * self.sample_duration

    def moof(self, gap: int) -> bytes:
        """The box, when its media data come `gap` bytes after its end."""
        size = len(self._moof(0).to_bytes())
        return self._moof(size + gap).to_bytes()

    def _moof(self, data_offset: int) -> Parent:
        return Parent(
            type="moof",
            children=(
                MovieFragmentHeader(sequence_number=self.number),
                Parent(
                    type="traf",
                    children=(
                        self._header(),
                        TrackFragmentDecodeTime(base_media_decode_time=self.decode_time),
                        self._run(data_offset),
                    ),
                ),
            ),
        )

    def _header(self) -> TrackFragmentHeader:
        return TrackFragmentHeader(
            flags=DEFAULT_BASE_IS_MOOF,
            track_id=TRACK_ID,
            sample_description_index=1,
            default_sample_duration=self.sample_duration,
            default_sample_flags=self.sample_flags,
        )

    def _run(self, data_offset: int) -> TrackRun:
        return TrackRun(
            version=1,
            sample_count=len(self.samples),
            data_offset=data_offset,
            first_sample_flags=self.first_sample_flags,
            samples=self.samples,
        )


@dataclass(frozen=True)
class MediaSegment:
    """One segment file: `parts` are its bytes, to be written one after the other."""

    info: Segment
    parts: tuple[bytes | memoryview, ...]

    def to_bytes(self) -> bytes:
        return b"".join(self.parts)


def media_segment(
    fragments: Iterable[tuple[Fragment, Iterable[bytes]]], duration: int, *, sync_points: bool
) -> MediaSegment:
    """Fragments with their media data, in order. `duration` is presentation time in ticks.

    With `sync_points`, every fragment is a GOP that starts with its intra picture.
    """
    parts = [SEGMENT_TYPE]
    size = len(SEGMENT_TYPE)
    syncs = []
    for fragment, media in fragments:
        data = list(media)
        mdat = header("mdat", sum(map(len, data)))
        moof = fragment.moof(len(mdat))
        parts += [moof, mdat, *data]
        syncs.append(SyncPoint(size, len(moof) + len(mdat) + fragment.first_size, fragment.duration))
        size += len(moof) + len(mdat) + sum(map(len, data))
    return MediaSegment(Segment(duration, size, tuple(syncs) if sync_points else ()), tuple(parts))
