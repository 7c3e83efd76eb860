"""The shots that a master shows."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import yaml

from .spec import MasterSpec


@dataclass(frozen=True)
class Shot:
    """One camera take; film.yaml says what the fields mean."""

    name: str
    seconds: Fraction
    source: str
    look: str = "null"
    shrink: int = 1
    scaler: str = "bicubic"

    def draw(self, width: int, height: int, rate: Fraction, frames: int) -> str:
        """Filters that draw `frames` frames of this size, in BT.709 limited range."""
        small = f"{max(width // self.shrink, 16)}x{max(height // self.shrink, 16)}"
        scale = f"{width}:{height}:flags={self.scaler}:out_color_matrix=bt709:out_range=tv"
        return f"{self.source}:size={small}:rate={rate},trim=end_frame={frames},{self.look},scale={scale}"


def _film() -> list[Shot]:
    entries = yaml.safe_load(Path(__file__).with_name("film.yaml").read_text())
    return [Shot(**{**entry, "seconds": Fraction(str(entry["seconds"]))}) for entry in entries]


FILM = _film()


def shot_starts(spec: MasterSpec) -> list[int]:
    """The first frame of every shot."""
    starts, film = [0], cycle(FILM)
    while (cut := starts[-1] + round(next(film).seconds * spec.rate)) < spec.frames:
        starts.append(cut)
    return starts
