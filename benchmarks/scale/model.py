"""How long steps take. The figures are those of docs/measurements.md, or as stated beside them."""

import random
from dataclasses import dataclass
from math import exp

from pipeline.codec import from_json
from pipeline.job import Plan, video_path
from pipeline.stages.graph import StepParams
from pipeline.stages.needs import DECODE_THREADS, ENCODE_THREADS
from pipeline.stages.parts import parts_at

ENCODE = {"h264": 45e-9, "av1": 40e-9}
"""Seconds of a core, a pixel of each rung: real clips took 37 to 50 ns with the shipped H.264 ladder."""

DECODE = 3.3e-9
"""The same, to verify."""

START = 1.0
"""Seconds until an encoder has its first frame: the process, and decoding from the key frames before it."""

MASTER_RATE = 1_000_000
"""Bytes a second of film: 8 Mb/s."""

RUNG_RATE = 0.0125
"""Bytes of a rung, a pixel of it and frame: 5 Mb/s at 1080p24."""

READ = 500e6
"""Bytes a second that hashing and demuxing read of a storage."""

INDEX = 2e-4
"""Seconds that it takes to read the index of a second of film: masters are MP4 or MOV."""

STORE = 300e6
"""Bytes a second that packaging reads, cuts and writes."""

ENCODE_SOUND, DECODE_SOUND = 100.0, 700.0
"""Seconds of sound in a second, of AAC at 128 kb/s."""

CONTENT = 0.25
"""Sigma of the lognormal factor between easy and hard scenes: a property of the chunk."""

NOISE = 0.05
"""Sigma of the lognormal factor between two attempts at the same."""

STRAGGLERS, STRAGGLING = 0.01, 2.0
"""Share of attempts on a machine whose cores others use too, and how many times longer they take."""

FAILURES = 0.02
"""Share of attempts at a long chunk that fail: half with an error that can heal, half with their worker."""

LONG = 100.0
"""Seconds of a chunk of 24 s on one core: a worker dies as often in that time."""


@dataclass(frozen=True)
class Attempt:
    """What becomes of an attempt: `end` is "done", "failed" or "died", after `seconds`."""

    end: str
    seconds: float


class Model:
    """Times of steps on workers of so many `threads`, the same for the same seed; `failures` is a share of
    attempts, as above."""

    def __init__(self, threads: int, seed: int, failures: float = FAILURES) -> None:
        self.threads = threads
        self.seed = seed
        self._failing = failures / 2
        self._chance = random.Random(seed)

    def restart(self) -> None:
        """Chances as at the beginning."""
        self._chance = random.Random(self.seed)

    def attempt(self, usual: float) -> Attempt:
        """One attempt at a step that usually takes `usual` seconds."""
        chance = self._chance
        seconds = usual * exp(chance.gauss(0.0, NOISE))
        if chance.random() < STRAGGLERS:
            seconds *= STRAGGLING
        if chance.random() < self._failing:
            return Attempt("failed", seconds * chance.random())
        life = chance.expovariate(self._failing / LONG)
        return Attempt("died", life) if life < seconds else Attempt("done", seconds)

    def usual(self, title: str, kind: str, name: str, params: bytes, plan: Plan) -> float:
        """Seconds of a step without noise."""
        length = float(plan.grid.duration)
        if kind == "encode":
            return self._encode(title, name, from_json(params, StepParams), plan)
        if kind in ("package", "verify"):
            return self._rendition(kind, from_json(params, StepParams), plan)
        # The steps left read the master, or are decisions: some text, some small files.
        reading = 0.2 + length * MASTER_RATE / READ
        whole = {
            "inspect": 0.2 + length * INDEX,
            "checksum": reading,
            "audio": reading + length / ENCODE_SOUND,
            "poster": 2.0,
        }
        return whole.get(kind, 0.2 + length / 7200)

    def _encode(self, title: str, name: str, params: StepParams, plan: Plan) -> float:
        assert plan.video
        pixels = sum(rung.width * rung.height for rung in plan.video.rungs_of(params.codec))
        cores = pixels * plan.grid.span(params.chunk).frames * ENCODE[params.codec]
        scene = exp(random.Random(f"{self.seed} {title} {name}").gauss(0.0, CONTENT))
        return START + cores * scene / self._busy(ENCODE_THREADS)

    def _rendition(self, kind: str, params: StepParams, plan: Plan) -> float:
        length, path = float(plan.grid.duration), params.rendition
        rungs = plan.video.rungs if plan.video else ()
        pixels = next((rung.width * rung.height for rung in rungs if video_path(rung) == path), 0)
        if not pixels:
            return 0.2 + length / DECODE_SOUND
        part = parts_at(plan, path)[params.part]
        area = pixels * (part.end - part.start)
        if kind == "package":
            return 0.2 + area * RUNG_RATE / STORE
        return 0.2 + area * DECODE / self._busy(DECODE_THREADS)

    def _busy(self, threads: int) -> float:
        """Cores that a step of so many threads keeps busy: it has its moments of one."""
        usable = min(self.threads, threads)
        return 1.0 if usable == 1 else 0.9 * usable
