"""The beep finder, on sound made here."""

from fractions import Fraction

import numpy as np
import pytest

from tests.support.beeps import Channel, beep_onsets, hum_pitch

RATE = 48_000


def tone(hz: float, seconds: float, level: float) -> Channel:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def with_beeps(*starts: int) -> Channel:
    """Three seconds of hum with beeps at these samples."""
    channel = tone(220, 3, 0.02)
    for start in starts:
        channel[start : start + 2400] += tone(1000, 0.05, 0.5)
    return channel


def test_finds_the_start_of_each_beep() -> None:
    onsets = beep_onsets(with_beeps(0, 48_048, 96_096), RATE)
    assert onsets == pytest.approx([0.0, 1.001, 2.002], abs=0.0002)


def test_tells_a_beep_that_is_late_by_two_milliseconds() -> None:
    on_time, late = beep_onsets(with_beeps(48_000), RATE), beep_onsets(with_beeps(48_096), RATE)
    assert late[0] - on_time[0] == pytest.approx(Fraction(2, 1000), abs=0.00005)


def test_finds_no_beep_in_hum_or_silence() -> None:
    assert beep_onsets(with_beeps(), RATE) == []
    assert beep_onsets(np.zeros(RATE, np.float32), RATE) == []


def test_finds_the_pitch_of_the_hum_under_the_beeps() -> None:
    assert hum_pitch(with_beeps(0, 48_000, 96_000), RATE) == pytest.approx(220, abs=0.5)
