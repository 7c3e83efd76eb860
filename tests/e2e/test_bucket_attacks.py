"""Ways out of an origin whose titles are in a bucket, and objects with names that no publication gives."""

import os
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from attacked import MANIFEST, SECRET, Attacked, attacked
from botocore.exceptions import BotoCoreError, ClientError
from traversal import TARGETS, ways_out

from tests.support.catalogs import empty_catalog
from tests.support.s3 import server

STABLE = b"/titles/bird/master.m3u8"

ODD = [
    *(target.decode() for target in TARGETS),
    "titles/../escaped.mp4",
    "titles/bird/../../catalog.mp4",
    "titles/./dot.mp4",
    "titles//double.mp4",
    "titles/bird//double.mp4",
    "/titles/bird/leading.mp4",
    "titles/%2e%2e/encoded.mp4",
    "titles/bird/%2e%2e.mp4",
    "titles/bird/.hidden.mp4",
    "titles/.v/hidden.mp4",
    "titles/bird/seg.m4s.tmp",
    "titles/bird/notes.txt",
    "titles/bird/seg.key",
    "titles/bird/back\\slash.mp4",
    "titles/bird/..\\back.mp4",
    "titles/bird/new\nline.mp4",
    "titles/bird/nul\x01.mp4",
    "titles/bird/a space.mp4",
    "titles/bird/semi;colon.mp4",
    "titles/bird/query?x=.mp4",
    "titles/bird/hash#.mp4",
    "titles/bird/plus+&.mp4",
    "titles/bird/\uff0e\uff0e/wide.mp4",
    "titles/bird/\u00fc.mp4",
    "titles/bird/",
]
"""Keys below the storage's own folder."""


@pytest.fixture(scope="module", params=["swift", "ministack"])
def origin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    made, root = server(request.param), tmp_path_factory.mktemp(request.param)
    bucket, client = made.new_bucket(), made.connection().client
    client.put_object(Bucket=bucket.name, Key="site/titles/bird/master.m3u8", Body=MANIFEST)
    client.put_object(Bucket=bucket.name, Key="other/titles/wren/master.m3u8", Body=SECRET)
    taken = 0
    for name in ODD:
        try:
            client.put_object(Bucket=bucket.name, Key=f"site/{name}", Body=SECRET)
            taken += 1
        except (ClientError, BotoCoreError):
            continue  # Not every server takes every name.
    assert taken > len(ODD) / 2
    settings = {"AWS_CONFIG_FILE": str(made.profile), "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with closing(empty_catalog(root)) as catalog, pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with attacked(root, catalog, STORAGE=f"s3://{bucket.name}/site") as origin:
            yield origin


def test_no_way_out(origin: Attacked) -> None:
    assert origin.get("bucket, control", STABLE).body == MANIFEST
    ups = ways_out() + ways_out({b"/titles/": 2}, [b"other/titles/wren/master.m3u8"])
    for target in ups:
        origin.get("bucket, traversal", target)
    assert origin.statuses("bucket, traversal") <= {400, 404}


def test_odd_names_are_not_served(origin: Attacked) -> None:
    for name in ODD:
        for spelled in (quote(name), quote(name, safe=""), quote(quote(name)), name):
            origin.get("bucket, odd names", b"/" + spelled.encode())
    for prefix in (
        b"/titles/..",
        b"/titles/bird/..",
        b"/titles",
        b"/titles/",
        b"/titles/?list-type=2",
        b"/?acl",
    ):
        origin.get("bucket, odd names", prefix)
    assert origin.statuses("bucket, odd names") <= {200, 400, 401, 404}
    # The list of titles, in which there are none.
    assert origin.tried["bucket, odd names"][200] == 1
