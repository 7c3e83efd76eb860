"""What happens in a job, as typed events: the terminal, `--json`, tests and reports render this one stream.

`docs/events.md` is the promise made to programs that read them.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import msgspec

from pipeline.codec import from_json


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """The base of all events; in JSON, `event` names the kind."""


class JobStarted(Event, frozen=True, kw_only=True, tag="job-started"):
    job: str
    title: str
    master: str


class Uploading(Event, frozen=True, kw_only=True, tag="uploading"):
    """A master on its way into storage: of `size` bytes, `done` were read for their checksum (phase
    `reading`), and then are stored (`sending`): from the beginning those that an earlier upload stored. Or a
    version on its way into another storage (`copying`)."""

    phase: Literal["reading", "sending", "copying"]
    done: int
    size: int


class Planned(Event, frozen=True, kw_only=True, tag="planned"):
    """The master is understood: `duration` in seconds, `frames` and `rate` of the output (`frames` is 0 for
    audio alone), how many `steps` of each kind are to come, how many frames those of kind `encode` take in
    all, and the renditions' names."""

    duration: Fraction
    frames: int
    rate: Fraction
    steps: dict[str, int]
    encode_frames: int
    renditions: tuple[str, ...]


class StepStarted(Event, frozen=True, kw_only=True, tag="step-started"):
    step: str
    kind: str


class Progress(Event, frozen=True, kw_only=True, tag="progress"):
    """Frames encoded so far in one step, of `total`."""

    step: str
    frames: int
    total: int


class StepFinished(Event, frozen=True, kw_only=True, tag="step-finished"):
    """`reused` when an artifact made earlier was taken; `cpu` and `wall` are seconds, `size` is bytes, and
    `frames` how many pictures it encoded."""

    step: str
    kind: str
    reused: bool = False
    cpu: float = 0.0
    wall: float = 0.0
    size: int = 0
    frames: int = 0


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    message: str


class Published(Event, frozen=True, kw_only=True, tag="published"):
    """The last event of a job that succeeded: where to play it. `dash` is empty where there is no MPD, as for
    segments that are encrypted whole."""

    title: str
    version: str
    hls: str
    dash: str
    size: int


class Failed(Event, frozen=True, kw_only=True, tag="failed"):
    """The last event of a job that did not: `error` is the class, `exit_code` that of the command."""

    error: str
    message: str
    exit_code: int


AnyEvent = (
    JobStarted | Uploading | Planned | StepStarted | Progress | StepFinished | Warned | Published | Failed
)

Emit = Callable[[Event], None]


def read_event(body: bytes) -> AnyEvent | None:
    """An event from its JSON; None for one that only a newer version knows."""
    try:
        return from_json(body, AnyEvent)  # type: ignore[arg-type]
    except msgspec.ValidationError:
        return None
