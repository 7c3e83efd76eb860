"""Whether a bucket can be used: reached, written to, by a machine that knows the time, and set up well."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.checks import Check
from pipeline.errors import TelecineError
from pipeline.storage.location import Bucket, Location

if TYPE_CHECKING:
    from pipeline.storage.s3.features import Features
    from pipeline.storage.s3.place import Place

LACKING = {
    "ranges": "byte ranges: large objects come whole, and masters slowly",
    "checked": "a look at SHA-256: what is damaged on its way there is found when it is read",
    "keeps_digests": "digests of objects: telecine's own are read instead",
    "keeps_part_digests": "digests of parts: telecine notes them itself",
}
"""What it means where an endpoint does not have one of the features."""

TOLD = {
    "right": "as it should be",
    "differs": "not as it should be",
    "lacking": "this endpoint has no such settings",
    "hidden": "not looked at",
    "left": "left as it is",
}

SKEW = 60.0
"""Seconds of a clock that want looking at: AWS refuses requests at 900."""


def storage_checks(location: Location, scratch: Path) -> Iterator[Check]:
    """Of a bucket; about a folder there is nothing to say but how much room there is."""
    if not isinstance(location, Bucket):
        return
    # boto3 takes a third of a second to load.
    from pipeline.storage.s3.access import try_access
    from pipeline.storage.s3.features import find_features
    from pipeline.storage.s3.storage import S3Storage

    try:
        place = S3Storage.of(location, scratch).place
        access = try_access(place)
        may = f"{location} can be used" if not access.refused else f"not allowed: {', '.join(access.refused)}"
        yield Check("storage", not access.refused, may, "see the policies in docs/s3.md")
        yield _clock(access.skew)
        if not access.refused:
            yield _features(find_features(place))
            yield from _settings(place)
    except TelecineError as error:
        yield Check("storage", False, str(error))


def _clock(skew: float) -> Check:
    good = abs(skew) < SKEW
    wrong = f"this machine's is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"
    told = "this machine's agrees with the storage's" if good else wrong
    return Check("storage clock", good, told, "set it: requests of another time are refused", essential=False)


def _features(found: "Features") -> Check:
    lacking = [words for name, words in LACKING.items() if not getattr(found, name)]
    told = f"it lacks {'; '.join(lacking)}" if lacking else "all that telecine makes use of"
    return Check("storage features", found.ranges and found.checked, told, essential=False)


def _settings(place: "Place") -> Iterator[Check]:
    from pipeline.storage.s3.bucket_settings import Wishes
    from pipeline.storage.s3.bucket_setup import compare

    for one in compare(place, Wishes()):
        good = one.state in ("right", "left")
        fix = "telecine storage setup" if one.state == "differs" else ""
        told = TOLD[one.state] + (f": {one.note}" if one.note else "")
        yield Check(f"storage {one.aspect.name}", good, told, fix, essential=False)
