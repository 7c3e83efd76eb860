"""MP4 and MOV masters read without their media: their index tells of every packet (ISO/IEC 14496-12 8.6).

FFmpeg's demuxer works out times from an index, edit lists and all, and would read every picture on its way.
Here it finds zeros in their place, which decide nothing as long as no parser looks at them.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from av.container import InputContainer

from packagers.mp4.bits import Mp4Error
from packagers.mp4.parse import scan
from pipeline.ffmpeg.probe import Source, name_of, opened
from pipeline.ffmpeg.source import INPUT_OPTIONS

MOST_BOXES = 64
"""Boxes of a file that is not fragmented: a few, and some more where media were appended."""


class Outline(io.RawIOBase):
    """A file that has zeros, as many as there are bytes, in its `media` once those are `hidden`.

    `media` are ranges of bytes. Nothing is read of what is hidden.
    """

    def __init__(self, file: BinaryIO, media: list[range]) -> None:
        self._file = file
        self._media = media
        self._size = file.seek(0, io.SEEK_END)
        self._position = 0
        self.name = name_of(file)
        self.hidden = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._position)
        size = left if size < 0 else min(size, left)
        found = self._zeros(size) if self.hidden else None
        if found is None:
            self._file.seek(self._position)
            found = self._file.read(size)
        self._position += len(found)
        return found

    def _zeros(self, size: int) -> bytes | None:
        """What stands for media here, None where there are none."""
        here = next((media for media in self._media if self._position in media), None)
        return None if here is None else bytes(min(size, here.stop - self._position))


@contextmanager
def outlined(master: Source) -> Iterator[InputContainer | None]:
    """The master opened for its packets' times, sizes and flags, as its index has them; their data are zeros.
    None where the master has no index of all its packets.

    Raises BadMasterError where it is not a media file, OSError where the file cannot be read.
    """
    with master.open("rb") if isinstance(master, Path) else nullcontext(master) as file:
        media = _media(file)
        if media is None:
            yield None
            return
        outline = Outline(file, media)
        # A parser would take its own word for what is a key frame, from the pictures.
        options = {**INPUT_OPTIONS, "fflags": "+noparse"}
        with opened(cast("BinaryIO", outline), options) as container:
            # What codecs are there was told by the media themselves.
            outline.hidden = True
            yield container


def _media(file: BinaryIO) -> list[range] | None:
    """Where the media are, None in a file that is no MP4, is not whole, or is fragmented."""
    try:
        boxes = list(islice(scan(file), MOST_BOXES + 1))
    except Mp4Error:
        return None
    kinds = [box.type for box in boxes]
    if len(boxes) > MOST_BOXES or kinds.count("moov") != 1 or "moof" in kinds:
        return None
    return [range(box.offset + box.header_size, box.end) for box in boxes if box.type == "mdat"]
