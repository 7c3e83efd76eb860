"""A clear CMAF track to a protected one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.auxiliary import SampleInformation, byte_rows
from packagers.cenc.cipher import counter_blocks, crypt_ctr, encrypt_cbc
from packagers.cenc.codec import finder
from packagers.cenc.error import CencError
from packagers.cenc.fragments import MediaFragment, fragments, joined_samples
from packagers.cenc.header import Header, protected_entry
from packagers.cenc.scheme import STREAM_BITS, Cbcs, Cenc, Scheme, pattern_of
from packagers.cenc.subsamples import Integers, Subsamples, whole_samples
from packagers.cmaf import MediaSegment, Rendition
from packagers.mp4.bits import Mp4Error
from packagers.mp4.protection import ProtectionSystemHeader
from packagers.mp4.sample_entry import VisualSampleEntry
from packagers.presentation import Segment, SyncPoint

CLEAR_DESCRIPTION = 2
TIME_BITS = 64 - STREAM_BITS


def protect(
    rendition: Rendition,
    scheme: Scheme,
    *,
    systems: Sequence[ProtectionSystemHeader] = (),
    clear_segments: int = 0,
) -> Rendition:
    """The same rendition under common encryption, its first segments left clear if so many are asked for.

    Raises `CencError` for what cannot be protected.
    """
    protector = Protector(rendition.header, scheme, systems=systems, clear_lead=clear_segments > 0)

    def segments() -> Iterator[MediaSegment]:
        for number, segment in enumerate(rendition.segments()):
            yield protector.clear_segment(segment) if number < clear_segments else protector.segment(segment)

    return replace(rendition, header=protector.header, segments=segments)


class Protector:
    """Protects one track: `header`, and then segment by segment, in any order.

    `systems` go into the header; manifests can carry them as well. For a `clear_lead` the header has the
    clear sample entry, too. The output depends on the input alone. Raises `CencError` for what cannot be
    protected.
    """

    def __init__(
        self,
        header: bytes,
        scheme: Scheme,
        *,
        systems: Sequence[ProtectionSystemHeader] = (),
        clear_lead: bool = False,
    ) -> None:
        clear = Header.parse(header)
        self._scheme = scheme
        self._defaults = clear.defaults
        self._find = finder(clear.entry, whole_blocks=isinstance(scheme, Cenc))
        self._pattern = pattern_of(scheme.track_encryption(video=isinstance(clear.entry, VisualSampleEntry)))
        self._clear_lead = clear_lead
        entries = (protected_entry(clear.entry, scheme), clear.entry)
        self.header = clear.with_entries(*entries[: 1 + clear_lead], systems=systems)

    def segment(self, segment: MediaSegment) -> MediaSegment:
        """With places and sizes in `info` as they then are."""
        return self._rebuilt(segment, self._protected_moofs)

    def clear_segment(self, segment: MediaSegment) -> MediaSegment:
        """A segment left clear among protected ones, as a lead that plays before there is a licence."""
        if not self._clear_lead:
            raise CencError("a clear segment in a track whose header has no clear sample entry")
        return self._rebuilt(segment, clear_moofs)

    def _rebuilt(
        self, segment: MediaSegment, change: Callable[[list[MediaFragment], bytearray], list[bytes]]
    ) -> MediaSegment:
        """The segment with each `moof` changed, and with the media data that `change` may change in place."""
        data = bytearray().join(segment.parts)
        try:
            pieces = list(fragments(data, self._defaults))
            media = [piece for piece in pieces if isinstance(piece, MediaFragment)]
            moofs = change(media, data)
        except Mp4Error as error:
            raise CencError(f"segment: {error}") from error
        growths = [len(moof) - piece.moof_size for moof, piece in zip(moofs, media, strict=True)]
        made = iter(moofs)
        parts = [
            part
            for piece in pieces
            for part in ((next(made), piece.mdat) if isinstance(piece, MediaFragment) else (piece,))
        ]
        return MediaSegment(grown(segment.info, growths), tuple(parts))

    def _protected_moofs(self, media: list[MediaFragment], data: bytearray) -> list[bytes]:
        """All samples are found and encrypted at once: each call costs more than its work on small ones."""
        if not media:
            return []
        samples = joined_samples(fragment.samples for fragment in media)
        found = self._find(memoryview(data), samples.places, samples.sizes)
        ranges = found or whole_samples(samples.sizes)
        ivs = self._encrypt(ranges, samples.places, samples.decode_times, data)
        information = SampleInformation(ivs, found)
        borders = np.cumsum([0, *(len(fragment.samples.sizes) for fragment in media)]).tolist()
        return [
            fragment.rewritten(information.part(start, stop).boxes(fragment.bare_size))
            for fragment, (start, stop) in zip(media, pairwise(borders), strict=True)
        ]

    def _encrypt(
        self, ranges: Subsamples, places: Integers, times: Integers, data: bytearray
    ) -> NDArray[np.uint8]:
        """In place. Returns the IVs, one a row; rows are empty when there is one IV for all."""
        start = ranges.starts(places)
        match self._scheme:
            case Cenc(key, stream):
                ivs = sample_ivs(stream, times)
                crypt_ctr(key.value, counter_blocks(ivs), ranges.sample, start, ranges.protected, data)
                return ivs
            case Cbcs(key, iv):
                encrypt_cbc(key.value, iv, self._pattern, start, ranges.protected, data)
                return np.empty((len(places), 0), np.uint8)


def clear_moofs(media: list[MediaFragment], _data: bytearray) -> list[bytes]:
    """Of fragments that use the clear sample entry."""
    return [fragment.rewritten((), CLEAR_DESCRIPTION) for fragment in media]


def sample_ivs(stream: int, times: Integers) -> NDArray[np.uint8]:
    """8 bytes a sample: the stream's number and the sample's decode time, so that none repeats."""
    if (np.diff(times) <= 0).any() or (times >> TIME_BITS).any():
        raise CencError(f"decode times must rise, and stay below 2**{TIME_BITS}, for IVs to be unique")
    return byte_rows((times.astype(np.uint64) | np.uint64(stream << TIME_BITS)).astype(">u8"))


def grown(info: Segment, growths: list[int]) -> Segment:
    """The measurements of a segment whose fragments grew by so many bytes each, all of them in the `moof`."""
    if len(info.sync_points) not in (0, len(growths)):
        raise CencError(f"{len(info.sync_points)} sync points in a segment of {len(growths)} fragments")
    before = np.cumsum([0, *growths]).tolist()
    points = tuple(
        SyncPoint(point.offset + moved, point.size + growth, point.duration)
        for point, growth, moved in zip(info.sync_points, growths, before, strict=False)
    )
    return Segment(info.duration, info.size + before[-1], points)
