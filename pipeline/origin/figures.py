"""How the site stands, as metrics."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from pipeline.catalog.records import QUEUES, Figures, JobState, WorkerRecord
from pipeline.catalog.schema import ACTIVE

COUNTERS = {
    "done": ("telecine_steps_done", "Steps done."),
    "retries": ("telecine_steps_retried", "Attempts that failed in a way that can heal."),
    "lost": ("telecine_leases_lost", "Steps taken back from holders that were killed or not heard of."),
    "frames": ("telecine_encoded_frames", "Pictures encoded, those of each codec counted."),
    "cpu": ("telecine_cpu_seconds", "Processor seconds of encoders and of the decoders that verify."),
    "size": ("telecine_encoded_bytes", "Bytes that encoders made."),
}
"""By the names of Figures.totals: name without `_total`, help."""

BY_MACHINE = {
    "slots": ("telecine_worker_slots", "Steps that a machine's workers do at a time."),
    "threads": ("telecine_worker_threads", "Processor threads that a machine's workers may use."),
    "memory": ("telecine_worker_memory_bytes", "Memory that a machine's workers may use for encoders."),
}
"""By the names of WorkerRecord's fields."""


@dataclass(frozen=True)
class Standing:
    """What the catalog says at one time."""

    figures: Figures
    workers: Sequence[WorkerRecord]


@dataclass(frozen=True)
class SiteFigures(Collector):
    """What there is none of is 0, not missing: an alert without a figure tells nothing."""

    standing: Standing

    def collect(self) -> Iterator[Metric]:
        yield from self._queues()
        yield from self._states()
        yield from self._counters()
        yield from self._machines()

    def _queues(self) -> Iterator[Metric]:
        figures, workers = self.standing.figures, self.standing.workers
        serving = Counter[str]()
        for worker in workers:
            serving.update(dict.fromkeys(worker.queues, worker.slots))
        for name, help_text, values in (
            ("telecine_queue_ready_steps", "Steps that wait for a worker.", figures.ready),
            (
                "telecine_queue_oldest_ready_seconds",
                "How long the oldest has waited.",
                figures.oldest,
            ),
            ("telecine_queue_running_steps", "Steps that workers are doing.", figures.running),
            ("telecine_queue_slots", "Slots of the workers that serve it, and maybe others.", serving),
        ):
            yield _gauges(name, help_text, "queue", values, QUEUES)

    def _states(self) -> Iterator[Metric]:
        steps, jobs = self.standing.figures.states, self.standing.figures.jobs
        yield _gauges("telecine_steps", "Steps that are neither done nor stopped.", "state", steps, ACTIVE)
        yield _gauges("telecine_jobs", "Jobs in the catalog.", "state", jobs, get_args(JobState))

    def _counters(self) -> Iterator[Metric]:
        for field, (name, help_text) in COUNTERS.items():
            yield CounterMetricFamily(name, help_text, self.standing.figures.totals.get(field, 0))

    def _machines(self) -> Iterator[Metric]:
        workers = self.standing.workers
        alive = Counter(worker.machine for worker in workers)
        yield _gauges("telecine_workers", "Workers heard of in the last 30 s.", "machine", alive, alive)
        for field, (name, help_text) in BY_MACHINE.items():
            sums = {m: sum(getattr(w, field) for w in workers if w.machine == m) for m in alive}
            yield _gauges(name, help_text, "machine", sums, alive)


def _gauges(
    name: str, help_text: str, label: str, values: Mapping[str, float], keys: Iterable[str]
) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for key in keys:
        family.add_metric([key], values.get(key, 0))
    return family
