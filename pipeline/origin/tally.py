"""What the caches of this process did so far, and as metrics."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

_HELP = {
    "hits": ("telecine_origin_hits", "Blocks that were in memory."),
    "misses": ("telecine_origin_misses", "Blocks that were not, and were read."),
    "coalesced": ("telecine_origin_coalesced", "Blocks that somebody else was reading already."),
    "disk_hits": ("telecine_origin_disk_hits", "Blocks read from the cache on disk."),
    "stale": ("telecine_origin_stale", "Lookups that failed, what was known being served on."),
    "requests": ("telecine_origin_storage_requests", "Requests to S3."),
    "failures": ("telecine_origin_storage_failures", "Requests to S3 that it did not answer."),
    "bytes": ("telecine_origin_storage_bytes", "Bytes read from S3."),
}
"""By the names of Tally's fields: name without `_total`, help."""


@dataclass(slots=True)
class Tally(Collector):
    """Counts. Only the event loop adds to them. An origin may be several processes, any of which answers: the
    label tells whose they are."""

    hits: int = 0
    misses: int = 0
    coalesced: int = 0
    disk_hits: int = 0
    stale: int = 0
    requests: int = 0
    failures: int = 0
    bytes: int = 0
    out: bool = False
    """Whether S3 counts as out at the moment."""

    def collect(self) -> Iterator[Metric]:
        process = [str(os.getpid())]
        for name, (metric, help_text) in _HELP.items():
            family = CounterMetricFamily(metric, help_text, labels=["process"])
            family.add_metric(process, getattr(self, name))
            yield family
        out = GaugeMetricFamily("telecine_origin_storage_out", "1 while S3 is not asked.", labels=["process"])
        out.add_metric(process, self.out)
        yield out
