"""Media segments of any packager, taken apart into fragments, and the `moof` of each without protection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from packagers.cenc.error import CencError
from packagers.cmaf.run import MAX_SAMPLES, Samples, fragment_samples
from packagers.mp4.bits import Reader
from packagers.mp4.box import Box, Parent
from packagers.mp4.fragment import TrackFragmentHeader, TrackRun
from packagers.mp4.movie import TrackExtends
from packagers.mp4.parse import Header, parse, read_header
from packagers.mp4.sample_group import SampleToGroup

PROTECTION_BOXES = {"saiz", "saio", "senc"}


@dataclass(frozen=True)
class MediaFragment:
    """A `moof` with the `mdat` behind it. `samples` has places in the segment."""

    moof: Parent
    mdat: memoryview
    samples: Samples

    @property
    def track(self) -> Parent:
        return self.moof.one("traf", Parent)

    def description(self, defaults: TrackExtends) -> int:
        """Number of the sample entry, from 1."""
        own = self.track.one("tfhd", TrackFragmentHeader).sample_description_index
        return defaults.default_sample_description_index if own is None else own

    def clear_moof(self, description: int | None = None) -> bytes:
        """The `moof` without what protects its samples, with offsets to the data made right, and with another
        sample entry if one is given."""
        growth = -sum(box.size for box in self.track.children if box.type in PROTECTION_BOXES)
        bare = [child for child in self.track.children if child.type not in PROTECTION_BOXES]
        if description is not None:
            header = self.track.one("tfhd", TrackFragmentHeader)
            other = replace(header, sample_description_index=description)
            bare[bare.index(header)] = other
            growth += other.size - header.size
        track = replace(self.track, children=tuple(moved(child, growth) for child in bare))
        return replace(self.moof, children=(*self.moof.children[:-1], track)).to_bytes()


def moved(box: Box, growth: int) -> Box:
    if not isinstance(box, TrackRun) or box.data_offset is None:
        return box
    return replace(box, data_offset=box.data_offset + growth)


def fragments(data: memoryview, defaults: TrackExtends) -> Iterator[memoryview | MediaFragment]:
    """The segment's fragments, and its other boxes as they are. Nothing that is media data is copied.

    Raises `Mp4Error` for boxes that break the format, `CencError` for a segment that is not CMAF.
    """
    heads = iter(list(boxes(data)))
    for head in heads:
        if head.type == "sidx":
            raise CencError("sidx: an index would be wrong once the fragments after it change size")
        if head.type != "moof":
            yield data[head.offset : head.end]
            continue
        media = next(heads, None)
        if media is None or media.type != "mdat":
            raise CencError(f"no mdat follows the moof at byte {head.offset}")
        yield media_fragment(data, head, media, defaults)


def joined_samples(parts: Iterable[Samples]) -> Samples:
    return Samples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def boxes(data: bytes | memoryview) -> Iterator[Header]:
    view, at = memoryview(data), 0
    while at < len(data):
        head = read_header(Reader(view[at : at + 16], offset=at), len(data) - at, nested=False)
        yield head
        at = head.end


def media_fragment(data: memoryview, head: Header, media: Header, defaults: TrackExtends) -> MediaFragment:
    (moof,) = parse(bytes(data[head.offset : head.end]), offset=head.offset)
    if not isinstance(moof, Parent) or not moof.children or moof.children[-1].type != "traf":
        raise CencError(f"the moof at byte {head.offset} does not end in its only traf")
    if any(group.grouping_type == "seig" for group in moof.find("traf/sbgp", SampleToGroup)):
        raise CencError("sbgp of type seig: sample groups, which can change the key, are not supported")
    runs = list(fragment_samples(moof, head.offset, defaults, MAX_SAMPLES))
    if not runs:
        raise CencError(f"the moof at byte {head.offset} has no samples")
    samples = joined_samples(runs)
    begin = media.offset + media.header_size
    if ((samples.places < begin) | (samples.places + samples.sizes > media.end)).any():
        raise CencError(f"a sample of the moof at byte {head.offset} lies outside the mdat behind it")
    return MediaFragment(moof, data[media.offset : media.end], samples)
