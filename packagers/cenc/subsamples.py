"""Which bytes of samples are protected: subsamples, as tables over all samples of a segment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.error import CencError

Integers = NDArray[np.int64]

BLOCK = 16
MAX_CLEAR = 0xFFFF
"""BytesOfClearData has 16 bits; longer clear stretches take several subsamples."""


@dataclass(frozen=True)
class Subsamples:
    """Of each subsample, in order: its sample, bytes of clear data, bytes of protected data behind them."""

    sample: Integers
    clear: Integers
    protected: Integers

    def counts(self, samples: int) -> Integers:
        """How many each of so many samples has."""
        return np.bincount(self.sample, minlength=samples)

    def starts(self, places: Integers) -> Integers:
        """Where the protected data of each subsample start, when samples start at `places`."""
        lengths = self.clear + self.protected
        before = np.cumsum(lengths) - lengths
        first = np.searchsorted(self.sample, self.sample)
        starts: Integers = places[self.sample] + before - before[first] + self.clear
        return starts

    def check_sizes(self, sizes: Integers) -> None:
        """Every subsample must lie in its sample; `CencError` otherwise."""
        covered = np.zeros(len(sizes), np.int64)
        np.add.at(covered, self.sample, self.clear + self.protected)
        wrong = np.flatnonzero(covered > sizes)
        if len(wrong):
            at = wrong[0]
            raise CencError(f"sample {at} has {sizes[at]} bytes and subsamples of {covered[at]}")


def whole_samples(sizes: Integers) -> Subsamples:
    """Everything protected, as in sound. Such samples need no subsamples in `senc`."""
    return Subsamples(np.arange(len(sizes)), np.zeros_like(sizes), sizes)


def subsamples(sample: Integers, clear: Integers, protected: Integers, *, whole_blocks: bool) -> Subsamples:
    """Subsamples from units (NAL units, OBUs) in order: the sample of each, its clear bytes and those behind.

    Units without protected data are joined to the clear bytes after them. With `whole_blocks`, as AES-CTR has
    it (ISO/IEC 23001-7 10.1), the bytes that fill no block are clear, and come before the protected ones.
    """
    if whole_blocks:
        odd = protected % BLOCK
        clear, protected = clear + odd, protected - odd
    if not len(sample):
        return Subsamples(sample, clear, protected)
    return split(joined(Subsamples(sample, clear, protected)))


def joined(units: Subsamples) -> Subsamples:
    """One subsample for each protected unit, and one for what is left of a sample behind its last."""
    begins = np.ones(len(units.sample), bool)
    begins[1:] = (units.protected[:-1] > 0) | (units.sample[1:] != units.sample[:-1])
    first = np.flatnonzero(begins)
    clear, protected = (np.add.reduceat(column, first) for column in (units.clear, units.protected))
    return Subsamples(units.sample[first], clear, protected)


def split(whole: Subsamples) -> Subsamples:
    """Each with at most `MAX_CLEAR` bytes of clear data; the protected data follow the last of several."""
    times = np.maximum(-(-whole.clear // MAX_CLEAR), 1)
    last = np.cumsum(times) - 1
    clear = np.full(times.sum(), MAX_CLEAR)
    protected = np.zeros_like(clear)
    clear[last] = whole.clear - (times - 1) * MAX_CLEAR
    protected[last] = whole.protected
    return Subsamples(np.repeat(whole.sample, times), clear, protected)
