"""Does a chunk hold the frames that the plan asks of it?"""

import numpy as np

from packagers.cmaf.error import CmafError
from packagers.cmaf.plan import VideoPlan
from packagers.cmaf.run import Integers
from packagers.cmaf.source import Source


def frame_numbers(source: Source, plan: VideoPlan, chunk: range) -> Integers:
    """Title frame number of each sample of `chunk`, in decode order.

    Raises `CmafError` unless the file has exactly the frames of the chunk, starts every GOP of the plan with
    a sync sample, has no other sync sample, and shows in each GOP that GOP's frames and no others.
    """
    if len(source) != len(chunk):
        raise CmafError(f"expected {len(chunk)} frames from frame {chunk.start} on, found {len(source)}")
    gops = np.array([gop.start for gop in plan.gops_in(chunk)])
    check_sync_samples(np.flatnonzero(source.samples.sync) + chunk.start, gops)
    frames = presented_frames(source, plan) + chunk.start
    check_closed_gops(frames, gops, chunk)
    return frames


def check_sync_samples(found: Integers, expected: Integers) -> None:
    if np.array_equal(found, expected):
        return
    at = min(set(found.tolist()) ^ set(expected.tolist()))
    if at in expected:
        raise CmafError(f"expected a sync sample at frame {at}, found none")
    raise CmafError(f"expected no sync sample at frame {at}, found one")


def presented_frames(source: Source, plan: VideoPlan) -> Integers:
    """Presentation times counted in frames; the file's own timescale need not be the plan's."""
    numbers, rest = np.divmod(
        source.presentation_times * plan.frame_rate.numerator,
        source.timescale * plan.frame_rate.denominator,
    )
    if rest.any():
        sample = int(np.flatnonzero(rest)[0])
        time = source.presentation_times[sample]
        raise CmafError(
            f"expected presentation times of whole frames at {plan.frame_rate} a second, "
            f"found {time}/{source.timescale} s at sample {sample}"
        )
    return numbers


def check_closed_gops(frames: Integers, gops: Integers, chunk: range) -> None:
    """In presentation order the frames of every GOP must be its own numbers, without a gap."""
    firsts = gops - chunk.start
    ordered = np.concatenate([np.sort(gop) for gop in np.split(frames, firsts[1:])])
    wrong = np.flatnonzero(ordered != np.arange(chunk.start, chunk.stop))
    if not len(wrong):
        return
    expected, found = chunk.start + int(wrong[0]), int(ordered[wrong[0]])
    gop = int(gops[gops <= expected][-1])
    raise CmafError(f"expected frame {expected} in the GOP of frame {gop}, found frame {found} instead")
