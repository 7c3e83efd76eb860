"""What people read: events and figures in words."""

from fractions import Fraction

import pytest

from pipeline.cli.wording import clock, count, ending, moment, sentence, size
from pipeline.events import (
    Event,
    Failed,
    JobStarted,
    Planned,
    Progress,
    Published,
    StepFinished,
    StepStarted,
    Uploading,
    Warned,
)

PLANNED = Planned(
    duration=Fraction("90.09"),
    frames=2160,
    rate=Fraction(24000, 1001),
    steps={"encode": 4},
    encode_frames=4320,
    renditions=("video/h264-720", "audio/aac128-en"),
)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Uploading(phase="reading", done=5_000_000, size=10_000_000), "master read: 5.0 MB of 10.0 MB"),
        (Uploading(phase="sending", done=0, size=10_000_000), "uploaded: 0 B of 10.0 MB"),
        (
            JobStarted(job="job-1", title="film", master="/m/film.mov"),
            "film: job-1, master /m/film.mov",
        ),
        (PLANNED, "0:01:30, 2160 frames at 23.976/s: video/h264-720, audio/aac128-en"),
        (
            Planned(
                duration=Fraction(3600),
                frames=0,
                rate=Fraction(25),
                steps={},
                encode_frames=0,
                renditions=("audio/aac128-en",),
            ),
            "1:00:00, sound only: audio/aac128-en",
        ),
        (StepFinished(step="ingest", kind="ingest", wall=1.26), "master read: 1.3 s"),
        (
            StepFinished(step="encode:h264:0001", kind="encode", wall=18.7, cpu=34.56, size=5_250_000),
            "encode:h264:0001: 18.7 s, 34.6 s of CPU, 5.2 MB",
        ),
        (StepFinished(step="encode:h264:0001", kind="encode", reused=True), "encode:h264:0001: done before"),
        (Warned(message="it is odd"), "warning: it is odd"),
        (
            Published(title="film", version="abc", hls="/h", dash="/d", size=999),
            "film: version abc, 999 B",
        ),
        (StepStarted(step="ingest", kind="ingest"), ""),
        (Progress(step="encode:h264:0001", frames=1, total=2), ""),
        (Failed(error="EncodeError", message="told by the command itself", exit_code=4), ""),
    ],
)
def test_a_sentence_an_event(event: Event, words: str) -> None:
    assert sentence(event) == words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0:00:00"),
        (-5, "0:00:00"),
        (59.4, "0:00:59"),
        (59.6, "0:01:00"),
        (3599.7, "1:00:00"),
        (100 * 3600, "100:00:00"),
    ],
)
def test_clock(seconds: float, told: str) -> None:
    assert clock(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (36_724_000, "36.7 MB"),
        (1_234_000_000, "1.2 GB"),
        (999_960_000_000, "1.0 TB"),
        (12_345_000_000_000, "12.3 TB"),
    ],
)
def test_size(count: int, told: str) -> None:
    assert size(count) == told


def test_how_a_job_failed_is_for_its_log() -> None:
    assert ending(Failed(error="EncodeError", message="it broke", exit_code=4)) == "failed: it broke"
    assert ending(Warned(message="it is odd")) == ""


def test_moments_are_in_utc() -> None:
    assert moment(1_700_000_000.9) == "2023-11-14 22:13:20"


def test_numbers_with_their_word() -> None:
    assert [count(n, "retry", "retries") for n in (0, 1, 2)] == ["0 retries", "1 retry", "2 retries"]
