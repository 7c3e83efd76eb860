"""What two servers of S3 can do: each lacks what the other has."""

from pathlib import Path

import pytest

from pipeline.storage.s3.features import FOLDER, Features, find_features
from tests.support.s3 import server

FOUND = {
    "swift": Features(
        ranges=True,
        pinned=True,
        creation="atomic",
        checked=True,
        keeps_digests=False,
        keeps_part_digests=False,
        least_part=True,
        lifecycle=False,
        cors=False,
        versioning="",
    ),
    "ministack": Features(
        ranges=True,
        pinned=True,
        creation="atomic",
        checked=True,
        keeps_digests=True,
        keeps_part_digests=True,
        least_part=False,
        lifecycle=True,
        cors=True,
        versioning="",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_features_are_found_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    storage = server(name).storage(tmp_path)
    assert find_features(storage.place) == FOUND[name]
    assert list(storage.list(FOLDER)) == []
    assert list(storage.uploads.unfinished(FOLDER)) == []
