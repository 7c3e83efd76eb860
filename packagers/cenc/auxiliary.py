"""What each protected sample has in `senc`: its IV and its subsamples (ISO/IEC 23001-7 7.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from packagers.cenc.error import CencError
from packagers.cenc.subsamples import Integers, Subsamples
from packagers.mp4.bits import Reader
from packagers.mp4.protection import (
    INFO_OFFSETS,
    INFO_SIZES,
    SUBSAMPLES,
    SampleAuxiliaryOffsets,
    SampleAuxiliarySizes,
    SampleEncryption,
)

COUNT_BYTES, SUBSAMPLE_BYTES = 2, 6
MAX_INFO_BYTES = 255
SENC_HEADER, SAIO_SIZE = 16, 20
SUBSAMPLE = np.dtype([("clear", ">u2"), ("protected", ">u4")])


@dataclass(frozen=True)
class SampleInformation:
    """Of all samples of a segment. `ivs` has a row a sample, empty when one IV serves all.

    Without `subsamples` every sample is protected whole.
    """

    ivs: NDArray[np.uint8]
    subsamples: Subsamples | None

    def __len__(self) -> int:
        return len(self.ivs)

    @property
    def sizes(self) -> Integers:
        """Bytes that each sample takes. `CencError` for more subsamples than `saiz` can tell."""
        sizes = np.full(len(self), self.ivs.shape[1])
        if self.subsamples:
            sizes += COUNT_BYTES + SUBSAMPLE_BYTES * self.subsamples.counts(len(self))
        if (large := sizes > MAX_INFO_BYTES).any():
            raise CencError(f"sample {np.flatnonzero(large)[0]} takes more subsamples than saiz can tell")
        return sizes

    def entries(self, sizes: Integers) -> bytes:
        place = np.cumsum(sizes) - sizes
        out = np.zeros(sizes.sum(), np.uint8)
        put(out, place, self.ivs)
        if self.subsamples:
            place = place + self.ivs.shape[1]
            counts = self.subsamples.counts(len(self))
            put(out, place, byte_rows(counts.astype(">u2")))
            put(out, subsample_places(self.subsamples, place, counts), subsample_rows(self.subsamples))
        return out.tobytes()

    def boxes(self, fragments: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """`saiz`, `saio` and `senc` of each of `fragments`, which tells its number of samples, and how many
        bytes behind the start of its `moof` they are to be.

        Only `senc`, and that empty, when samples have nothing to tell: no IV and no subsamples.
        """
        sizes, flags = self.sizes, SUBSAMPLES if self.subsamples else 0
        entries, start, at = self.entries(sizes), 0, 0
        for samples, place in fragments:
            lengths = sizes[start : start + samples]
            own = entries[at : at + int(lengths.sum())]
            head = locating_boxes(lengths, place) if own else b""
            yield head + SampleEncryption(flags=flags, sample_count=samples, entries=own).to_bytes()
            start, at = start + samples, at + len(own)


def locating_boxes(sizes: Integers, place: int) -> bytes:
    """`saiz` and `saio`, which is to find the entries behind the header of `senc`, which follows."""
    first = auxiliary_sizes(sizes).to_bytes()
    entries = place + len(first) + SAIO_SIZE + SENC_HEADER
    return first + SampleAuxiliaryOffsets(offsets=INFO_OFFSETS.table(offset=[entries])).to_bytes()


def auxiliary_sizes(sizes: Integers) -> SampleAuxiliarySizes:
    """With one number for all samples when they agree."""
    if (sizes == sizes[0]).all():
        return SampleAuxiliarySizes(default_sample_info_size=int(sizes[0]), sample_count=len(sizes))
    return SampleAuxiliarySizes(sample_count=len(sizes), sizes=INFO_SIZES.table(sample_info_size=sizes))


def subsample_places(subsamples: Subsamples, place: Integers, counts: Integers) -> Integers:
    number = np.arange(len(subsamples.sample)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place[subsamples.sample] + COUNT_BYTES + SUBSAMPLE_BYTES * number


def subsample_rows(subsamples: Subsamples) -> NDArray[np.uint8]:
    rows = np.empty(len(subsamples.sample), SUBSAMPLE)
    rows["clear"], rows["protected"] = subsamples.clear, subsamples.protected
    return byte_rows(rows)


def byte_rows(items: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The bytes of each item as a row."""
    return np.frombuffer(items.tobytes(), np.uint8).reshape(len(items), items.itemsize)


def put(out: NDArray[np.uint8], places: Integers, rows: NDArray[np.uint8]) -> None:
    if rows.size:
        sliding_window_view(out, rows.shape[1], writeable=True)[places] = rows


def read_information(box: SampleEncryption, iv_size: int) -> SampleInformation:
    """The inverse of `entries`, for a `sample_count` that is known to be true.

    Raises `Mp4Error` when the entries are cut short or too long.
    """
    source = Reader(memoryview(box.entries), "senc")
    ivs, counts, rows = bytearray(), [], bytearray()
    for _ in range(box.sample_count):
        ivs += source.take(iv_size)
        if box.flags & SUBSAMPLES:
            counts.append(source.uint(16))
            rows += source.take(counts[-1] * SUBSAMPLE_BYTES)
    if source.remaining:
        raise source.error(f"{source.remaining} bytes are left after the last sample")
    iv_rows = np.frombuffer(ivs, np.uint8).reshape(box.sample_count, -1 if ivs else 0)
    if not box.flags & SUBSAMPLES:
        return SampleInformation(iv_rows, None)
    table = np.frombuffer(rows, SUBSAMPLE)
    clear, protected = (table[name].astype(np.int64) for name in ("clear", "protected"))
    return SampleInformation(iv_rows, Subsamples(np.repeat(np.arange(len(counts)), counts), clear, protected))
