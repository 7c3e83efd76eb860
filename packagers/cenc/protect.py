"""A clear CMAF track to a protected one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.auxiliary import SampleInformation, byte_rows
from packagers.cenc.cipher import counter_blocks, crypt_ctr, encrypt_cbc
from packagers.cenc.codec import finder
from packagers.cenc.error import CencError
from packagers.cenc.fragments import MediaFragment, fragments
from packagers.cenc.header import Header, protected_entry
from packagers.cenc.scheme import STREAM_BITS, Cbcs, Cenc, Scheme, pattern_of
from packagers.cenc.subsamples import Integers, Subsamples, whole_samples
from packagers.cmaf import MediaSegment, Rendition
from packagers.mp4.bits import Mp4Error
from packagers.mp4.movie import TrackExtends
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
        return self._segment(segment, self._fragment)

    def clear_segment(self, segment: MediaSegment) -> MediaSegment:
        """A segment left clear among protected ones, as a lead that plays before there is a licence."""
        if not self._clear_lead:
            raise CencError("a clear segment in a track whose header has no clear sample entry")
        return self._segment(segment, clear_fragment)

    def _segment(self, segment: MediaSegment, change: Callable[[MediaFragment], list[bytes]]) -> MediaSegment:
        try:
            return rebuilt(segment, self._defaults, change)
        except Mp4Error as error:
            raise CencError(f"segment: {error}") from error

    def _fragment(self, fragment: MediaFragment) -> list[bytes]:
        """`moof`, and head and payload of the `mdat`."""
        samples, data = fragment.samples, bytearray(fragment.data)
        found = self._find(fragment.data, samples.places, samples.sizes)
        ranges = found or whole_samples(samples.sizes)
        ivs = self._encrypt(ranges, samples.places, samples.decode_times, data)
        information = SampleInformation(ivs, found)
        moof = fragment.rewritten(information.boxes(fragment.bare_size))
        return [moof, fragment.head, bytes(data)]

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


def rebuilt(
    segment: MediaSegment, defaults: TrackExtends, change: Callable[[MediaFragment], list[bytes]]
) -> MediaSegment:
    """The segment with each fragment changed; `change` gives its `moof` first."""
    parts: list[bytes] = []
    growths = []
    for part in fragments(segment.to_bytes(), defaults):
        if isinstance(part, MediaFragment):
            moof, *media = change(part)
            growths.append(len(moof) - part.moof_size)
            parts += [moof, *media]
        else:
            parts.append(part)
    return MediaSegment(grown(segment.info, growths), tuple(parts))


def clear_fragment(fragment: MediaFragment) -> list[bytes]:
    """`moof`, and head and payload of the `mdat`, of a fragment that uses the clear sample entry."""
    moof = fragment.rewritten((), CLEAR_DESCRIPTION)
    return [moof, fragment.head, bytes(fragment.data)]


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
