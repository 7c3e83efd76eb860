"""Which multipart uploads an endpoint has that are neither completed nor aborted."""

from collections.abc import Iterator

from pipeline.storage.s3.errors import explained
from pipeline.storage.s3.place import Place
from pipeline.storage.uploads import Unfinished


def below(place: Place, prefix: str) -> Iterator[Unfinished]:
    """Those of keys in a folder."""
    return _listed(place, place.below(prefix)["Prefix"])


def of(place: Place, key: str) -> Iterator[Unfinished]:
    """Those of one key."""
    return (found for found in _listed(place, place.at(key)["Key"]) if found.key == key)


def _listed(place: Place, prefix: str) -> Iterator[Unfinished]:
    with explained(f"cannot look for uploads to {place.key(prefix)}"):
        pages = place.client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=place.bucket.name, Prefix=prefix):
            for upload in page.get("Uploads", ()):
                since = upload["Initiated"].timestamp()
                yield Unfinished(place.key(upload["Key"]), upload["UploadId"], since)
