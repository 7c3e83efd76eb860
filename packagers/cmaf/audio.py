"""Audio: one AAC encoder output to one CMAF track."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np

from packagers.cmaf.entry import audio_entry
from packagers.cmaf.error import CmafError, blame
from packagers.cmaf.fragment import Fragment
from packagers.cmaf.header import CmafTrack, cmaf_header
from packagers.cmaf.profile import audio_brands
from packagers.cmaf.rendition import Rendition
from packagers.cmaf.segment import FragmentedSegment, MediaSegment
from packagers.cmaf.source import OpenFile, Source, read_source
from packagers.codecs import codec_string
from packagers.mp4.fragment import SAMPLES, SYNC
from packagers.presentation import AudioFormat, round_half_up


@dataclass(frozen=True)
class AudioPlan:
    """Where video segments start, in seconds, and how many samples of sound the track presents in all."""

    segment_starts: tuple[Fraction, ...]
    total_samples: int

    def __post_init__(self) -> None:
        starts = self.segment_starts
        if not starts or starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            raise CmafError(f"segment starts must rise from 0: {', '.join(map(str, starts))}")
        if self.total_samples <= 0:
            raise CmafError(f"a track of {self.total_samples} samples is empty")


@dataclass(frozen=True)
class Units:
    """The access units of a track: `unit` samples each, of which `priming` come before the presentation."""

    unit: int
    priming: int
    total: int

    @property
    def count(self) -> int:
        """How many units it takes; the last may be shortened."""
        return -(-(self.priming + self.total) // self.unit)

    @property
    def last(self) -> int:
        """Samples of the last unit that are presented."""
        return self.priming + self.total - (self.count - 1) * self.unit

    def borders(self, starts: tuple[Fraction, ...], rate: int) -> list[int]:
        """For each start the unit that begins nearest; without those that would leave a segment empty."""
        nearest = {round_half_up((start * rate + self.priming) / self.unit) for start in starts}
        inner = [unit for unit in sorted(nearest) if self.presented(unit) > 0 and unit < self.count]
        return [0, *inner, self.count]

    def presented(self, units: int) -> int:
        """Samples presented by the first `units`."""
        return min(max(units * self.unit - self.priming, 0), self.total)


def package_audio(plan: AudioPlan, open_: OpenFile, *, language: str = "und") -> Rendition:
    """One rendition from one encoder output, which is read twice.

    The priming stays in the first segment and an edit list skips it. Segments break at the access unit
    nearest to each video segment's start. Raises `CmafError` when the source cannot fill the plan.
    """
    with blame("audio"):
        with open_() as file:
            source = read_source(file)
        entry = audio_entry(source.entry, source.timescale)
        units = access_units(source, plan)
        brands = audio_brands(entry)
        track = CmafTrack(entry, source.timescale, plan.total_samples, brands, language, units.priming)
        return Rendition(
            header=cmaf_header(track),
            codecs=codec_string(entry),
            timescale=source.timescale,
            format=AudioFormat(source.timescale, entry.channel_count),
            segments=partial(audio_segments, plan, open_, source, units),
        )


def access_units(source: Source, plan: AudioPlan) -> Units:
    if source.edit_start is None:
        raise CmafError("no edit list tells the priming: encode with -movflags +delay_moov")
    unit = int(source.samples.durations[0])
    check_steady(source, unit)
    units = Units(unit, source.edit_start, plan.total_samples)
    if len(source) < units.count:
        raise CmafError(f"expected {units.count} access units for {units.total} samples, found {len(source)}")
    return units


def check_steady(source: Source, unit: int) -> None:
    """Every unit is a sync sample and follows the one before without a gap."""
    samples = source.samples
    steady = samples.decode_times == np.arange(len(source)) * unit
    wrong = np.flatnonzero(~(steady & samples.sync & (samples.composition_offsets == 0)))
    if unit <= 0 or len(wrong):
        at = int(wrong[0]) if len(wrong) else 0
        raise CmafError(
            f"expected sync sample {at} at time {at * unit}, found time {samples.decode_times[at]} "
            f"and sync {bool(samples.sync[at])}"
        )


def audio_segments(plan: AudioPlan, open_: OpenFile, source: Source, units: Units) -> Iterator[MediaSegment]:
    borders = units.borders(plan.segment_starts, source.timescale)
    with open_() as file:
        for number, (start, stop) in enumerate(pairwise(borders), 1):
            fragment = audio_fragment(source, units, number, range(start, stop))
            duration = units.presented(stop) - units.presented(start)
            media = source.media(file, start, stop)
            yield FragmentedSegment((fragment,), media, duration, sync_points=False)


def audio_fragment(source: Source, units: Units, number: int, span: range) -> Fragment:
    columns = {"sample_size": source.samples.sizes[span.start : span.stop]}
    if span.stop == units.count and units.last != units.unit:
        columns["sample_duration"] = np.append(np.full(len(span) - 1, units.unit), units.last)
    return Fragment(
        number=number,
        decode_time=span.start * units.unit,
        sample_duration=units.unit,
        sample_flags=SYNC,
        samples=SAMPLES.table(version=1, **columns),
    )
