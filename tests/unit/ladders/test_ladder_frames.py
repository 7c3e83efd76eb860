"""Output frame numbers, judged by ffmpeg's `fps` filter: the encode stage relies on both agreeing."""

import subprocess
from bisect import bisect_right
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ladders.rates import STANDARD_RATES, output_frames

TICK = Fraction(1, 90_000)


@pytest.mark.parametrize(
    ("ticks", "time_base", "rate", "frames"),
    [
        ([0, 1, 2, 3], Fraction(1, 25), Fraction(25), [0, 1, 2, 3]),
        ([0, 33, 67, 100], Fraction(1, 1000), Fraction(30), [0, 1, 2, 3]),
        # Only the distance to the first picture counts.
        ([5000, 5040, 5080], Fraction(1, 1000), Fraction(25), [0, 1, 2]),
        ([-40, 0, 40], Fraction(1, 1000), Fraction(25), [0, 1, 2]),
        # Half-way between two frames is the later one.
        ([0, 20, 60], Fraction(1, 1000), Fraction(25), [0, 1, 2]),
        ([0, 19, 59], Fraction(1, 1000), Fraction(25), [0, 0, 1]),
        # After an hour of film the frame number is still exact.
        ([0, 86_400 * 1001], Fraction(1, 24_000), Fraction(24000, 1001), [0, 86_400]),
    ],
)
def test_nearest_frame(ticks: list[int], time_base: Fraction, rate: Fraction, frames: list[int]) -> None:
    assert output_frames(ticks, time_base, rate) == frames


@st.composite
def timelines(draw: st.DrawFn) -> list[int]:
    """Up to 24 pictures at uneven times, in ticks of 1/90000 s: some together, some seconds apart."""
    steps = draw(st.lists(st.one_of(st.integers(1, 9000), st.just(1875), st.just(45_000)), max_size=23))
    first = draw(st.integers(0, 100_000))
    return list(accumulate(steps, initial=first))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(timelines())
def test_ffmpeg_shows_the_same_source_picture_in_every_output_frame(
    ffmpeg: str, tmp_path: Path, ticks: list[int]
) -> None:
    for rate, shown in fps_filter(ffmpeg, tmp_path, ticks).items():
        starts = output_frames(ticks, TICK, rate)
        expected = [bisect_right(starts, frame) - 1 for frame in range(starts[-1] + 1)]
        assert shown[: len(expected)] == expected, f"at {rate} frames/s"


def fps_filter(ffmpeg: str, folder: Path, ticks: list[int]) -> dict[Fraction, list[int]]:
    """For each standard rate, the source picture that ffmpeg's filter shows in each output frame.

    Picture n is one pixel of brightness n, shown from `ticks[n]` on.
    """
    ends = [*ticks, ticks[-1] + 9000]
    times = "+".join(f"eq(N,{n})*{tick}" for n, tick in enumerate(ends))
    pictures = f"color=s=1x1:r=1:d={len(ticks)},format=gray,geq=lum=N,settb={TICK},setpts='{times}'"
    graph = [f"{pictures},setpts=PTS-{ticks[0]},split={len(STANDARD_RATES)}"]
    graph[0] += "".join(f"[in{n}]" for n in range(len(STANDARD_RATES)))
    graph += [f"[in{n}]fps={rate}:round=near[out{n}]" for n, rate in enumerate(STANDARD_RATES)]
    command = [ffmpeg, "-loglevel", "error", "-nostdin", "-y", "-filter_complex", ";".join(graph)]
    files = {rate: folder / f"{n}.gray" for n, rate in enumerate(STANDARD_RATES)}
    for n, file in enumerate(files.values()):
        command += ["-map", f"[out{n}]", "-f", "rawvideo", str(file)]
    subprocess.run(command, check=True)
    return {rate: list(file.read_bytes()) for rate, file in files.items()}
