"""A reader hammers the stable URLs while versions take each other's place."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

import pytest
from two_versions import HLS, TwoVersions, manifests, plays

from pipeline.publication import publish_to
from pipeline.stages.stable import point
from pipeline.storage.base import Storage

CHANGES = {"local": 50, "ministack": 50, "swift": 6}
"""Swift takes a third of a second for one, while it is read all the time."""


@contextmanager
def hammering(storage: Storage, seen: Counter[str]) -> Iterator[None]:
    """Count every manifest that is ever there."""
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.update(manifests(storage))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def test_every_manifest_that_is_ever_seen_plays_whole(
    film: TwoVersions, target: Storage, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = CHANGES[request.node.callspec.params["target"]]
    publish_to(film.storage, target, "film", film.first, lambda _: None)
    seen: Counter[str] = Counter()
    with hammering(target, seen):
        publish_to(film.storage, target, "film", film.second, lambda _: None)
        for number, version in enumerate(islice(cycle((film.first, film.second)), changes - 1)):
            if number % 20:
                point(target, "film", version)
            else:
                publish_to(film.storage, target, "film", version, lambda _: None)
    assert all(plays(target, manifest) for manifest in seen)
    assert set(seen) <= {*expected(film, target)}
    assert target.head(HLS)
    with capsys.disabled():
        print(f"\n{sum(seen.values())} manifests read during {changes} changes, {len(seen)} different")


def expected(film: TwoVersions, target: Storage) -> Iterator[str]:
    for version in (film.first, film.second):
        point(target, "film", version)
        yield from manifests(target)
