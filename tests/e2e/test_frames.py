"""Every frame of the master is in every rung, once, in order, and sound stays with the picture."""

from fractions import Fraction
from pathlib import Path  # noqa: TC003  pytest resolves annotations

import m3u8
import pytest

from tests.e2e.conftest import Film
from tests.support.barcode import flash_on, read_frame_number
from tests.support.beeps import beep_onsets
from tests.support.decode import frames, sound

RUNGS = 3
"""Two of H.264 and one of AV1."""


@pytest.mark.parametrize("manifest", ["hls", "dash"])
def test_every_frame_once_in_order_in_every_rung(film: Film, manifest: str) -> None:
    source: Path = getattr(film, manifest)
    for rung in range(RUNGS):
        found = [(read_frame_number(f.luma), f.time) for f in frames(source, rung)]
        assert [number for number, _ in found] == list(range(film.spec.frames))
        late = [n for n, time in found if abs(time - n / film.spec.rate) > Fraction(1, 2000)]
        assert late == []


@pytest.mark.parametrize("manifest", ["hls", "dash"])
def test_flash_and_beep_coincide_from_start_to_end(film: Film, manifest: str) -> None:
    source: Path = getattr(film, manifest)
    flashes = [f.time for f in frames(source, 0) if flash_on(f.luma)]
    starts = [
        time
        for before, time in zip([Fraction(-1), *flashes], flashes, strict=False)
        if time - before > Fraction(1, 2)
    ]
    heard = sound(source)
    beeps = [heard.start + onset for onset in beep_onsets(heard.samples[:, 0], heard.sample_rate)]
    assert len(starts) == len(beeps) == 26
    apart = [float(beep - flash) for flash, beep in zip(starts, beeps, strict=True)]
    assert max(map(abs, apart)) <= 1 / film.spec.rate, apart
    length = heard.start + Fraction(len(heard.samples), heard.sample_rate)
    assert abs(length - film.spec.frames / film.spec.rate) <= 1 / film.spec.rate


def test_segments_start_at_the_same_frames_in_every_rung(film: Film) -> None:
    multivariant = m3u8.load(str(film.hls))
    rungs = [m3u8.load(p.absolute_uri) for p in multivariant.playlists]
    assert len(rungs) == RUNGS
    per_segment = round(2 * film.spec.rate) * 2
    for rung in rungs:
        shown = [round(segment.duration * film.spec.rate) for segment in rung.segments]
        assert shown[:-1] == [per_segment] * (len(shown) - 1)
        assert sum(shown) == film.spec.frames


def test_chunks_share_one_decoder_configuration(film: Film) -> None:
    """Three chunks went into each rendition, and one init.mp4 came out."""
    version = film.site.version("film")
    chunks = [len(list((film.site.root / "artifacts").glob(f"*/{rung}.mp4"))) for rung in (180, 120, 144)]
    assert chunks == [3, 3, 3]
    assert len(list(version.glob("video/*/init.mp4"))) == RUNGS
