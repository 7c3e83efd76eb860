"""Rules about bit rates, as measured."""

from collections.abc import Iterator

from packagers.hls.variants import variants
from packagers.presentation import Presentation
from packagers.rules.model import Rule

PEAK_OVER_AVERAGE = 2
CELLULAR = 192_000  # bits per second


def _bursts(presentation: Presentation) -> Iterator[str]:
    for group in presentation.of_kind("video"):
        for track in group.tracks:
            peak, average = presentation.peak_bandwidth(track), track.average_bandwidth
            if peak > PEAK_OVER_AVERAGE * average:
                yield f"{track.path} peaks at {peak} b/s over an average of {average} b/s"


def _too_much_for_cellular(presentation: Presentation) -> Iterator[str]:
    least = min(variant.bandwidth for variant in variants(presentation))
    if least > CELLULAR:
        yield f"the least takes {least} b/s"


RULES = (
    Rule(
        id="steady-bitrate",
        clause="HLS authoring 1.30",
        level="should",
        message="the peak bit rate is at most 200 % of the average",
        fix="Lower the rung's rate cap",
        breaches=_bursts,
    ),
    Rule(
        id="cellular-variant",
        clause="HLS authoring 9.21",
        level="should",
        message="one variant fits 192 kb/s, for cellular networks",
        fix="Add a rung of about 145 kb/s",
        breaches=_too_much_for_cellular,
    ),
)
