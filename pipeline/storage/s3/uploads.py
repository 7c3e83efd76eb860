"""All uploads into a bucket: the multipart uploads that S3 knows of."""

from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path

from pipeline.storage.s3 import unfinished
from pipeline.storage.s3.errors import EndedError
from pipeline.storage.s3.multipart import Multipart
from pipeline.storage.s3.part_ledger import PartLedger
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.upload import S3Upload
from pipeline.storage.uploads import Unfinished


class S3Uploads:
    """The unfinished uploads below a place. `scratch` is for parts too large for memory."""

    def __init__(self, place: Place, scratch: Path) -> None:
        self._place = place
        self._scratch = scratch

    def begin(self, key: str, part_size: int, sha256: str = "") -> S3Upload:
        return S3Upload(Multipart.begin(self._place, key, sha256), part_size, self._scratch)

    def resume(self, key: str, part_size: int) -> S3Upload | None:
        """S3 does not tell the part size with which an upload was begun: it is `part_size` unless the parts
        that are there say otherwise."""
        for found in sorted(unfinished.of(self._place, key), key=attrgetter("since"), reverse=True):
            upload = S3Upload(Multipart(self._place, key, found.id), part_size, self._scratch)
            with suppress(EndedError):
                if upload.fits():
                    return upload
        return None

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        return unfinished.below(self._place, prefix)

    def abort(self, key: str, upload: str) -> None:
        Multipart(self._place, key, upload).abort()
        PartLedger(self._place, upload).remove()
