"""Rules about durations and boundaries."""

from collections.abc import Iterator
from fractions import Fraction

from packagers.presentation import Presentation, VideoFormat
from packagers.rules.model import Rule

KEY_FRAME_INTERVAL = 2  # seconds


def _frame(presentation: Presentation) -> Fraction:
    """Seconds that the longest video frame lasts; 0 without picture."""
    rates = [t.format.frame_rate for t in presentation.tracks if isinstance(t.format, VideoFormat)]
    return 1 / min(rates) if rates else Fraction(0)


def _other_durations(presentation: Presentation) -> Iterator[str]:
    lead = (presentation.of_kind("video") or presentation.groups)[0].tracks[0]
    for track in presentation.tracks:
        if abs(track.duration - lead.duration) > _frame(presentation):
            yield f"{track.path} lasts {_s(track.duration)}, {lead.path} {_s(lead.duration)}"


def _other_targets(presentation: Presentation) -> Iterator[str]:
    for track in presentation.tracks:
        if track.target_duration != presentation.target_duration:
            yield f"{track.path} has {track.target_duration} s, the title {presentation.target_duration} s"


def _other_boundaries(presentation: Presentation) -> Iterator[str]:
    firsts = [group.tracks[0] for group in presentation.of_kind("video")]
    for track in firsts[1:]:
        if track.starts != firsts[0].starts:
            yield f"those of {track.path} are not those of {firsts[0].path}"


def _rare_key_frames(presentation: Presentation) -> Iterator[str]:
    # One frame more, because 2 s is no whole number of frames at rates such as 24000/1001.
    limit = KEY_FRAME_INTERVAL + _frame(presentation)
    for track in presentation.tracks:
        gop = Fraction(max((p.duration for p in track.sync_points), default=0), track.timescale)
        if gop > limit:
            yield f"a GOP of {track.path} lasts {_s(gop)}"


def _s(seconds: Fraction) -> str:
    return f"{float(seconds):.3f} s"


RULES = (
    Rule(
        id="same-duration",
        clause="HLS authoring 8.3",
        level="must",
        message="all tracks last equally long, to a video frame",
        fix="Pad or trim the sound to the picture's length",
        breaches=_other_durations,
    ),
    Rule(
        id="same-target-duration",
        clause="HLS authoring 8.2",
        level="should",
        message="the longest segments of all tracks round to the same target duration",
        fix="Cut sound at the picture's segment boundaries",
        breaches=_other_targets,
    ),
    Rule(
        id="aligned-segments",
        clause="HLS authoring 8.22",
        level="should",
        message="segment boundaries are the same in all video tracks",
        fix="Encode every codec with the boundaries of one plan",
        breaches=_other_boundaries,
    ),
    Rule(
        id="key-frame-interval",
        clause="HLS authoring 1.13",
        level="should",
        message="there is a key frame every two seconds",
        fix="Shorten the GOP",
        breaches=_rare_key_frames,
    ),
)
