"""Samples of a movie fragment as arrays."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from packagers.cmaf.error import CmafError
from packagers.mp4.box import Parent
from packagers.mp4.fragment import (
    DEFAULT_BASE_IS_MOOF,
    NON_SYNC_BIT,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.movie import TrackExtends

Integers = NDArray[np.int64]

MAX_SAMPLES = 6_000_000
"""Of one file: 27 hours at 60 frames a second. A fragment can claim samples without any byte behind them."""
MAX_TIME = 1 << 40
"""Ticks: 140 days at 90 kHz. A product with a frame rate stays within 64 bits."""


class Samples(NamedTuple):
    """Columns with one item a sample, in decode order. `places` are byte offsets in the file, times ticks."""

    sizes: Integers
    places: Integers
    durations: Integers
    decode_times: Integers
    composition_offsets: Integers
    sync: NDArray[np.bool_]


def fragment_samples(moof: Parent, at: int, defaults: TrackExtends, room: int) -> Iterator[Samples]:
    """The runs of the fragment that starts at byte `at`; at most `room` samples."""
    fragment = moof.one("traf", Parent)
    header = fragment.one("tfhd", TrackFragmentHeader)
    if header.base_data_offset is not None or not header.flags & DEFAULT_BASE_IS_MOOF:
        raise CmafError(
            f"the fragment at byte {at} is not relative to itself: encode with +default_base_moof"
        )
    time = possible(fragment.one("tfdt", TrackFragmentDecodeTime).base_media_decode_time, at)
    place = at
    for run in fragment.find("trun", TrackRun):
        room -= run.sample_count
        if room < 0:
            raise CmafError(f"more than {MAX_SAMPLES} samples, in the fragment at byte {at}")
        place = place if run.data_offset is None else at + run.data_offset
        samples = run_samples(run, header, defaults, place, time)
        place += int(samples.sizes.sum())
        time = possible(time + int(samples.durations.sum()), at)
        yield samples


def run_samples(
    run: TrackRun, header: TrackFragmentHeader, defaults: TrackExtends, place: int, time: int
) -> Samples:
    def column(name: str, default: int | None, fallback: int) -> Integers:
        if name in run.samples:
            return run.samples[name].astype(np.int64)
        return np.full(run.sample_count, fallback if default is None else default, np.int64)

    sizes = column("sample_size", header.default_sample_size, defaults.default_sample_size)
    durations = column("sample_duration", header.default_sample_duration, defaults.default_sample_duration)
    flags = column("sample_flags", header.default_sample_flags, defaults.default_sample_flags)
    if run.first_sample_flags is not None:
        flags[:1] = run.first_sample_flags
    return Samples(
        sizes,
        place + starts(sizes),
        durations,
        time + starts(durations),
        column("sample_composition_time_offset", None, 0),
        (flags & NON_SYNC_BIT) == 0,
    )


def possible(time: int, at: int) -> int:
    if time > MAX_TIME:
        raise CmafError(f"decode time {time}, more than {MAX_TIME}, in the fragment at byte {at}")
    return time


def starts(lengths: Integers) -> Integers:
    """Where each of consecutive stretches begins."""
    return np.cumsum(lengths) - lengths
