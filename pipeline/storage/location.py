"""Where a storage is, as people write it: a folder, or `s3://bucket/prefix`."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StorageError, UsageError
from pipeline.storage.base import checked_key

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the folder in it below which all keys lie; the prefix is empty or ends with a slash.

    `profile_file` is an AWS configuration file whose default profile has endpoint, region and credentials;
    `profile` names one of the user's own. Without them these come from AWS's standard chain.
    """

    name: str
    prefix: str = ""
    profile_file: Path | None = None
    profile: str = ""

    def __str__(self) -> str:
        return f"{SCHEME}{self.name}/{self.prefix}".rstrip("/")


Location = Bucket | Path


def address(location: Location, key: str) -> str:
    """Where people and their programs find an object: a path, or `s3://bucket/key`."""
    if isinstance(location, Bucket):
        return f"{SCHEME}{location.name}/{location.prefix}{key}"
    return str(location / key)


def parse_location(text: str) -> Location:
    """Raises UsageError where it is neither."""
    if not text.startswith(SCHEME):
        if "://" in text:
            raise UsageError(f"{_shown(text)}: give a folder, or s3://bucket/prefix")
        return Path(text).expanduser().absolute()
    name, _, prefix = text.removeprefix(SCHEME).partition("/")
    prefix = prefix.rstrip("/")
    if not _BUCKET.fullmatch(name):
        raise UsageError(f"{_shown(text)}: not the name of a bucket; give s3://bucket/prefix")
    try:
        return Bucket(name, f"{checked_key(prefix)}/" if prefix else "")
    except StorageError as error:
        raise UsageError(f"{_shown(text)}: {error}") from None


def _shown(text: str) -> str:
    """A URL may hold a password."""
    return re.sub(r"//[^/]*@", "//", text)[:100]
