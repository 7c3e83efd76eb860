"""Find the beeps of a master, and the pitch of its hum, in one channel of PCM with full scale 1.0."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Channel = NDArray[np.float32]

QUIETEST_BEEP = 0.1
LEAST_PAUSE = Fraction(1, 4)


def beep_onsets(channel: Channel, sample_rate: int) -> list[Fraction]:
    """Seconds from the first sample to the start of every beep.

    A beep starts where the sound first reaches half of its peak: at 1 kHz, a twelfth of a millisecond late.
    """
    loud = np.flatnonzero(np.abs(channel) > max(np.abs(channel).max(initial=0) / 2, QUIETEST_BEEP))
    pauses = np.diff(loud, prepend=-sample_rate)
    return [Fraction(int(sample), sample_rate) for sample in loud[pauses > LEAST_PAUSE * sample_rate]]


def hum_pitch(channel: Channel, sample_rate: int) -> float:
    """The strongest frequency below the beep, in Hz, to within one over the length in seconds."""
    spectrum = np.abs(np.fft.rfft(channel * np.hanning(len(channel))))
    frequencies = np.fft.rfftfreq(len(channel), 1 / sample_rate)
    return float(frequencies[np.argmax(np.where(frequencies < 800, spectrum, 0))])
