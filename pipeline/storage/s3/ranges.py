"""Ranges of one version of an object, whatever becomes of the object meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from pipeline.errors import StorageError
from pipeline.storage.s3.checksum import BLOCK
from pipeline.storage.s3.errors import DamagedError, explained
from pipeline.storage.s3.place import Place


class NoRangesError(StorageError):
    """The endpoint answers with whole objects."""

    retryable = False


class ReplacedError(DamagedError):
    """The object is not the one any more whose range was asked for; another try takes the new one."""


@dataclass(frozen=True)
class Pinned:
    """An object of `size` bytes as it was when its entity tag was `etag`."""

    place: Place
    key: str
    size: int
    etag: str

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, not included, as they come.

        Raises ReplacedError, NoRangesError, DamagedError where they end too early.
        """
        doing = f"cannot read {self.key}"
        with explained(doing):
            answer = self.place.client.get_object(
                **self.place.at(self.key), Range=f"bytes={start}-{end - 1}", IfMatch=self.etag
            )
            with closing(answer["Body"]) as body:
                # Not every endpoint heeds If-Match, or Range.
                if answer["ETag"] != self.etag:
                    raise ReplacedError(f"{doing}: the object was replaced meanwhile")
                if answer.get("ContentRange") != f"bytes {start}-{end - 1}/{self.size}":
                    raise NoRangesError(f"{doing}: the endpoint serves no byte ranges")
                yield from body.iter_chunks(BLOCK)
