"""A clear CMAF track to a protected one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.auxiliary import SampleInformation, byte_rows
from packagers.cenc.cipher import counter_blocks, crypt_ctr, encrypt_cbc
from packagers.cenc.codec import finder
from packagers.cenc.error import CencError
from packagers.cenc.header import Header, protected_entry
from packagers.cenc.scheme import STREAM_BITS, Cbcs, Cenc, Scheme, pattern_of
from packagers.cenc.subsamples import Integers, Subsamples, whole_samples
from packagers.cmaf import FragmentedSegment, MediaSegment, Rendition
from packagers.cmaf.fragment import Fragment
from packagers.cmaf.run import starts
from packagers.mp4.protection import ProtectionSystemHeader
from packagers.mp4.sample_entry import VisualSampleEntry

CLEAR_DESCRIPTION = 2
TIME_BITS = 64 - STREAM_BITS


def protect(
    rendition: Rendition,
    scheme: Scheme,
    *,
    systems: Sequence[ProtectionSystemHeader] = (),
    clear_segments: int = 0,
) -> Rendition:
    """The same rendition under common encryption, the track's first segments left clear if so many are asked
    for.

    Raises `CencError` for what cannot be protected.
    """
    protector = Protector(rendition.header, scheme, systems=systems, clear_lead=clear_segments > 0)

    def segments() -> Iterator[MediaSegment]:
        for number, segment in enumerate(rendition.segments(), start=rendition.first):
            if number <= clear_segments:
                yield protector.clear_segment(segment)
            else:
                yield protector.segment(segment, in_place=True)

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
        self._find = finder(clear.entry, whole_blocks=isinstance(scheme, Cenc))
        self._pattern = pattern_of(scheme.track_encryption(video=isinstance(clear.entry, VisualSampleEntry)))
        self._clear_lead = clear_lead
        entries = (protected_entry(clear.entry, scheme), clear.entry)
        self.header = clear.with_entries(*entries[: 1 + clear_lead], systems=systems)

    def segment(self, segment: MediaSegment, *, in_place: bool = False) -> MediaSegment:
        """With places and sizes in `info` as they then are.

        `in_place` spares a copy of the media data, for one who has no more use for the clear segment.
        """
        clear = fragmented(segment)
        media = clear.media if in_place else memoryview(bytearray(clear.media))
        protection = self._protect(clear.fragments, media)
        fragments = tuple(
            replace(fragment, protection=boxes)
            for fragment, boxes in zip(clear.fragments, protection, strict=True)
        )
        return clear.changed(fragments, media)

    def clear_segment(self, segment: MediaSegment) -> MediaSegment:
        """A segment left clear among protected ones, as a lead that plays before there is a licence."""
        if not self._clear_lead:
            raise CencError("a clear segment in a track whose header has no clear sample entry")
        clear = fragmented(segment)
        fragments = (replace(fragment, description=CLEAR_DESCRIPTION) for fragment in clear.fragments)
        return clear.changed(tuple(fragments), clear.media)

    def _protect(self, fragments: Sequence[Fragment], media: memoryview) -> Iterator[bytes]:
        """The boxes that each fragment then needs.

        All samples are found and encrypted at once: each call costs more than its work on small ones.
        """
        sizes = np.concatenate([fragment.sizes for fragment in fragments])
        times = np.concatenate([fragment.decode_times for fragment in fragments])
        places = starts(sizes)
        found = self._find(media, places, sizes)
        ivs = self._encrypt(found or whole_samples(sizes), places, times, media)
        spans = [(len(fragment.samples), fragment.bare_size) for fragment in fragments]
        return SampleInformation(ivs, found).boxes(spans)

    def _encrypt(
        self, ranges: Subsamples, places: Integers, times: Integers, data: memoryview
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


def fragmented(segment: MediaSegment) -> FragmentedSegment:
    if not isinstance(segment, FragmentedSegment):
        raise CencError("a segment of which nothing but its bytes is known")
    return segment


def sample_ivs(stream: int, times: Integers) -> NDArray[np.uint8]:
    """8 bytes a sample: the stream's number and the sample's decode time, so that none repeats."""
    if (np.diff(times) <= 0).any() or (times >> TIME_BITS).any():
        raise CencError(f"decode times must rise, and stay below 2**{TIME_BITS}, for IVs to be unique")
    return byte_rows((times.astype(np.uint64) | np.uint64(stream << TIME_BITS)).astype(">u8"))
