"""Source facts and ladder definitions -> the rungs of a title."""

from fractions import Fraction

from ladders.levels import lowest_level
from ladders.model import MIN_SIDE, AudioRung, Ladder, Rung, RungDefinition, SourceFacts

FILL = Fraction(9, 10)
"""A rung that would give 90 % or more of the source's size already is its top rung: one more encode at the
source's own size would cost the most and show nothing."""

HIGH_RATE = 30


def select_rungs(ladder: Ladder, source: SourceFacts) -> tuple[Rung, ...]:
    """The rungs for this source, largest first; at least one, none larger than the source.

    A rung is fitted into its box by aspect ratio (a 2.39:1 film fills the width of a 16:9 box); for a
    portrait source the box stands upright. Where the source lies between two rungs, the upper one is made
    at the source's own size.
    """
    scaled = [(rung, _fit(rung, source)) for rung in ladder.rungs]
    chosen = [(rung, scale) for rung, scale in scaled if scale <= 1]
    above = [(rung, Fraction(1)) for rung, scale in scaled if scale > 1]
    if above and (not chosen or chosen[0][1] < FILL):
        chosen.insert(0, above[-1])
    return _distinct([_rung(ladder, rung, source, scale) for rung, scale in chosen])


def audio_rung(ladder: Ladder) -> AudioRung:
    audio = ladder.audio
    name = f"{audio.codec}{audio.bitrate // 1000}"
    return AudioRung(
        name=name,
        codec=audio.codec,
        bitrate=audio.bitrate,
        sample_rate=audio.sample_rate,
        channels=audio.channels,
    )


def _fit(rung: RungDefinition, source: SourceFacts) -> Fraction:
    """How much the source must be scaled to fill the rung's box."""
    long, short = rung.box
    box = (long, short) if source.width >= source.height else (short, long)
    return min(Fraction(box[0], source.width), Fraction(box[1], source.height))


def _rung(ladder: Ladder, rung: RungDefinition, source: SourceFacts, scale: Fraction) -> Rung:
    width, height = _even(source.width * scale), _even(source.height * scale)
    factor = ladder.high_rate_factor if source.frame_rate > HIGH_RATE else 1
    maxrate, bufsize = round(rung.maxrate * factor), round(rung.bufsize * factor)
    return Rung(
        name=rung.name,
        codec=ladder.codec,
        width=width,
        height=height,
        crf=rung.crf,
        maxrate=maxrate,
        bufsize=bufsize,
        preset=ladder.preset,
        level=lowest_level(ladder.codec, width, height, source.frame_rate, maxrate=maxrate, bufsize=bufsize),
    )


def _even(side: Fraction) -> int:
    """The nearest even number, rounding down from odd sources so that nothing is scaled up: 4:2:0 needs
    even sides."""
    return max(MIN_SIDE, 2 * round(side / 2 - Fraction(1, 1000)))


def _distinct(rungs: list[Rung]) -> tuple[Rung, ...]:
    """Tiny sources make several rungs the same size; the first of them stays."""
    seen: dict[tuple[int, int], Rung] = {}
    for rung in rungs:
        seen.setdefault((rung.width, rung.height), rung)
    return tuple(seen.values())
