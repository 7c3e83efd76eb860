"""CMAF fragments: one `moof` and `mdat` each (ISO/IEC 23000-19 7.3.2.4).

Every default is in the fragment itself, as `cmf2` has it (7.7.3).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from packagers.cmaf.header import TRACK_ID
from packagers.cmaf.run import Integers, starts
from packagers.mp4.box import header
from packagers.mp4.fragment import (
    DEFAULT_BASE_IS_MOOF,
    MovieFragmentHeader,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.table import Table

BARE_SIZE = 100
"""Bytes of `moof` 8, `mfhd` 16, `traf` 8, `tfhd` 28, `tfdt` 20 and `trun` 20: all but what varies."""
FLAGS_SIZE = 4


@dataclass(frozen=True)
class Fragment:
    """Samples to put in one fragment; times are ticks. The first sample may have flags of its own.

    `description` is the number of the sample entry. `protection` are boxes, as bytes, at the end of `traf`.
    """

    number: int
    decode_time: int
    sample_duration: int
    sample_flags: int
    samples: Table
    first_sample_flags: int | None = None
    description: int = 1
    protection: bytes = b""

    @cached_property
    def sizes(self) -> Integers:
        """Bytes of each sample."""
        return self.samples["sample_size"].astype(np.int64)

    @property
    def decode_times(self) -> Integers:
        if "sample_duration" in self.samples:
            return self.decode_time + starts(self.samples["sample_duration"].astype(np.int64))
        return self.decode_time + np.arange(len(self.samples)) * self.sample_duration

    @property
    def duration(self) -> int:
        """Ticks of decode time, all samples being of the default duration."""
        return len(self.samples) * self.sample_duration

    @property
    def bare_size(self) -> int:
        """Bytes of the `moof` without `protection`."""
        flags = 0 if self.first_sample_flags is None else FLAGS_SIZE
        return BARE_SIZE + flags + len(self.samples.data)

    @property
    def media_size(self) -> int:
        """Bytes of all samples."""
        return int(self.sizes.sum())

    def boxes(self) -> bytes:
        """The `moof`, and the header of the `mdat` behind it."""
        media = header("mdat", self.media_size)
        # Joined by hand: as one tree of boxes it would be written twice, first to learn the data offset.
        run = self._run(self.bare_size + len(self.protection) + len(media))
        time = TrackFragmentDecodeTime(base_media_decode_time=self.decode_time)
        track = self._header().to_bytes() + time.to_bytes() + run.to_bytes() + self.protection
        movie = MovieFragmentHeader(sequence_number=self.number).to_bytes()
        movie += header("traf", len(track)) + track
        return header("moof", len(movie)) + movie + media

    def _header(self) -> TrackFragmentHeader:
        return TrackFragmentHeader(
            flags=DEFAULT_BASE_IS_MOOF,
            track_id=TRACK_ID,
            sample_description_index=self.description,
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
