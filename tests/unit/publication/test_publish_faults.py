"""Publishing through a network that fails: what is shown is the old version whole or the new one whole."""

import random
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from two_versions import TwoVersions, contents, manifests, plays

from pipeline.errors import StorageError
from pipeline.publication import publish_to
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import server
from tests.support.s3_faults import Fault, Request, at_random, faulty_proxy

HASTY = S3Settings(timeout=1.0, attempts=1)

SHARE = 0.3
"""Of requests that something happens to, at first: it gets better with every attempt."""


_lots = random.Random(5)
_in_turn = at_random(1, 5)


def _suffering(share: float, request: Request) -> Fault | None:
    """Each fault in its turn, over all attempts."""
    return _in_turn(request) if _lots.random() < share else None


def test_what_is_shown_is_always_whole(
    film: TwoVersions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = server("ministack")
    target = good.storage(tmp_path)
    publish_to(film.storage, target, "film", film.first, lambda _: None)
    failures = 0
    with faulty_proxy(good.url) as proxy:
        connection = good.behind(proxy.url, tmp_path).connection(HASTY)
        bad = S3Storage(Place(connection, target.place.bucket), tmp_path / "bad")
        for attempt in count(1):
            proxy.choose = partial(_suffering, SHARE / attempt)
            try:
                publish_to(film.storage, bad, "film", film.second, lambda _: None)
                break
            except StorageError:
                failures += 1
            found = manifests(target)
            assert len(found) == 2
            assert all(plays(target, manifest) for manifest in found)
    assert failures
    below = f"titles/film/v/{film.second}"
    assert contents(target, below) == contents(film.storage, below)
    assert manifests(target) == manifests(film.storage)
    with capsys.disabled():
        print(f"\npublished after {failures} failures: {dict(proxy.counts)}")
