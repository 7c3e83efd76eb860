"""Sample entries of protected tracks, and the header around them (ISO/IEC 14496-12 8.12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from packagers.cenc.error import CencError
from packagers.cenc.scheme import Scheme
from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Box, Parent
from packagers.mp4.movie import TrackExtends
from packagers.mp4.parse import parse
from packagers.mp4.protection import OriginalFormat, ProtectionSystemHeader, SchemeType, TrackEncryption
from packagers.mp4.sample_entry import SampleEntry, VisualSampleEntry
from packagers.mp4.sample_table import SampleDescription

B = TypeVar("B", bound=Box)

PROTECTED = {"encv", "enca"}
PATH = ("trak", "mdia", "minf", "stbl", "stsd")


@dataclass(frozen=True)
class Header:
    """A CMAF header, parsed: one track with one sample entry, or with a clear one beside a protected one."""

    boxes: tuple[Box, ...]

    @classmethod
    def parse(cls, data: bytes) -> "Header":
        """Raises `CencError` when `data` are no header of one track with one known sample entry."""
        try:
            header = cls(parse(data))
            header.entries, header.defaults  # noqa: B018 - fails here rather than at the first segment
        except Mp4Error as error:
            raise CencError(f"header: {error}") from error
        return header

    @property
    def movie(self) -> Parent:
        found = [box for box in self.boxes if box.type == "moov" and isinstance(box, Parent)]
        if len(found) != 1:
            raise CencError(f"{len(found)} moov boxes where a CMAF header has one")
        return found[0]

    @property
    def entries(self) -> tuple[SampleEntry, ...]:
        entries = self.movie.one("/".join(PATH), SampleDescription).children
        known = tuple(entry for entry in entries if isinstance(entry, SampleEntry))
        if not known or len(known) < len(entries):
            raise CencError("a CMAF header has sample entries of video or audio")
        return known

    @property
    def entry(self) -> SampleEntry:
        """The only one."""
        if len(self.entries) != 1:
            raise CencError(f"{len(self.entries)} sample entries where a clear CMAF header has one")
        return self.entries[0]

    @property
    def protected_entry(self) -> tuple[int, SampleEntry]:
        """The only one that is protected, and its number from 1; the first, when none is."""
        numbered = list(enumerate(self.entries, 1))
        found = [(number, entry) for number, entry in numbered if entry.type in PROTECTED]
        if len(found) > 1:
            raise CencError(f"{len(found)} protected sample entries, which may have several keys")
        return (found or numbered)[0]

    @property
    def defaults(self) -> TrackExtends:
        return self.movie.one("mvex/trex", TrackExtends)

    def with_entries(self, *entries: SampleEntry, systems: Sequence[ProtectionSystemHeader] = ()) -> bytes:
        """The header's bytes with other sample entries, and other `pssh` boxes, at the end of `moov`."""
        movie = edit(self.movie, PATH, lambda table: with_children(table, entries))
        others = (child for child in movie.children if child.type != "pssh")
        movie = replace(movie, children=(*others, *systems))
        return b"".join((movie if box is self.movie else box).to_bytes() for box in self.boxes)


def with_children(table: Parent, entries: tuple[SampleEntry, ...]) -> Parent:
    if not isinstance(table, SampleDescription):
        raise CencError(f"{table.type} where stsd is due")
    return replace(table, entry_count=len(entries), children=entries)


def edit(parent: Parent, path: tuple[str, ...], change: Callable[[Parent], Parent]) -> Parent:
    """`parent` with the boxes at `path` changed."""
    if not path:
        return change(parent)
    return replace(
        parent,
        children=tuple(
            edit(child, path[1:], change) if child.type == path[0] and isinstance(child, Parent) else child
            for child in parent.children
        ),
    )


def protected_entry(entry: SampleEntry, scheme: Scheme) -> SampleEntry:
    """`encv` or `enca`, with what it was and how it is protected in a `sinf` at its end."""
    video = isinstance(entry, VisualSampleEntry)
    information = Parent(
        type="sinf",
        children=(
            OriginalFormat(data_format=entry.type),
            SchemeType(scheme_type=scheme.scheme_type),
            Parent(type="schi", children=(scheme.track_encryption(video=video),)),
        ),
    )
    return replace(entry, type="encv" if video else "enca", children=(*entry.children, information))


@dataclass(frozen=True)
class ProtectionInformation:
    """What `sinf` says."""

    original: str
    scheme_type: str
    encryption: TrackEncryption


def protection_of(entry: SampleEntry) -> ProtectionInformation:
    """Raises `Mp4Error` when the entry is not protected."""
    return ProtectionInformation(
        entry.one("sinf/frma", OriginalFormat).data_format,
        entry.one("sinf/schm", SchemeType).scheme_type,
        entry.one("sinf/schi/tenc", TrackEncryption),
    )


def clear_entry(entry: SampleEntry) -> SampleEntry:
    children = tuple(child for child in entry.children if child.type != "sinf")
    return replace(entry, type=protection_of(entry).original, children=children)
