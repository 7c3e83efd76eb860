"""Ranges of one version of an object, whatever becomes of the object meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from pipeline.errors import StorageError
from pipeline.storage.s3.checksum import BLOCK
from pipeline.storage.s3.errors import ReplacedError, explained, reading
from pipeline.storage.s3.place import Place


class NoRangesError(StorageError):
    """The endpoint answers with whole objects."""

    retryable = False


@dataclass(frozen=True)
class Pinned:
    """An object of `size` bytes as it was when its entity tag was `etag`."""

    place: Place
    key: str
    size: int
    etag: str

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, not included, as they come.

        Raises ReplacedError, NoRangesError, BrokenOffError.
        """
        doing = f"cannot read {self.key}"
        with explained(doing):
            answer = self.place.client.get_object(
                **self.place.at(self.key), Range=f"bytes={start}-{end - 1}", IfMatch=self.etag
            )
        with closing(answer["Body"]) as body, reading(doing):
            # Not every endpoint heeds If-Match, or Range.
            if answer["ETag"] != self.etag:
                raise ReplacedError(f"{doing}: the object was replaced meanwhile")
            if answer.get("ContentRange") != f"bytes {start}-{end - 1}/{self.size}":
                raise NoRangesError(f"{doing}: the endpoint serves no byte ranges")
            yield from body.iter_chunks(BLOCK)
