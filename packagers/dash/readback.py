"""Our MPD read back, through the `mpegdash` package."""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from uuid import UUID
from xml.parsers.expat import ExpatError

from mpegdash.nodes import MPEGDASH, AdaptationSet, Representation, SegmentTemplate
from mpegdash.parser import MPEGDASHParser

from packagers.dash.protection import MP4
from packagers.readback import (
    MAX_SEGMENTS,
    ManifestError,
    MediaReference,
    ProtectionReference,
    RenditionReference,
    check_size,
    resolve,
)

# What mpegdash lets through when an element or attribute is not what it expects.
_PARSE_ERRORS = (ExpatError, AttributeError, LookupError, TypeError, ValueError)

_IDENTIFIER = re.compile(r"\$(RepresentationID|Number)(?:%0(\d)d)?\$", re.ASCII)


def read_mpd(text: str, uri: str = "manifest.mpd") -> tuple[RenditionReference, ...]:
    """The representations of the MPD at the path `uri`; what they name is relative to where that path starts.

    Raises ManifestError where the text is no static MPD of one period with numbered segments on a timeline
    without gaps, where a URI leads anywhere but below it, or where what is encrypted has not one key.
    """
    root = _parse(text, uri)
    if root.type != "static" or len(root.periods or ()) != 1:
        raise ManifestError(f"{uri}: not a static MPD of one period")
    renditions = tuple(_renditions(root, uri))
    if not renditions:
        raise ManifestError(f"{uri}: no representation")
    return renditions


def _parse(text: str, uri: str) -> MPEGDASH:
    check_size(uri, text)
    # A text without "<MPD" is to mpegdash the address of a file to open. A document type could define
    # entities, with which a short text grows long.
    if "<MPD" not in text or "<!DOCTYPE" in text:
        raise ManifestError(f"{uri}: not an MPD")
    try:
        return MPEGDASHParser.parse(text)
    except _PARSE_ERRORS as error:
        raise ManifestError(f"{uri}: not a well-formed MPD") from error


def _renditions(root: MPEGDASH, uri: str) -> Iterator[RenditionReference]:
    base = "".join(b.base_url_value or "" for b in root.base_urls or ())
    left = MAX_SEGMENTS
    for group in root.periods[0].adaptation_sets or ():
        protection = _protection(group, uri)
        for representation in group.representations or ():
            templates = representation.segment_templates or group.segment_templates
            if not templates:
                raise ManifestError(f"{uri}: {representation.id!r} has no SegmentTemplate")
            durations = _durations(templates[0], uri, left)
            left -= len(durations)
            yield replace(
                _rendition(representation, templates[0], durations, base, uri), protection=protection
            )


def _rendition(
    representation: Representation, template: SegmentTemplate, durations: list[Fraction], base: str, uri: str
) -> RenditionReference:
    def file(pattern: str | None, number: int = 0) -> str:
        return resolve(uri, base + _expand(pattern or "", str(representation.id), number))

    first = 1 if template.start_number is None else template.start_number
    segments = (MediaReference(file(template.media, n), d) for n, d in enumerate(durations, first))
    return RenditionReference(file(template.initialization), tuple(segments))


def _protection(group: AdaptationSet, uri: str) -> ProtectionReference | None:
    stated = group.content_protections
    if not stated:
        return None
    scheme, *others = [p for p in stated if p.scheme_id_uri == MP4] or [None]
    if others or scheme is None or scheme.value not in ("cenc", "cbcs"):
        raise ManifestError(f"{uri}: an adaptation set that does not say how it is encrypted")
    try:
        return ProtectionReference(scheme.value, UUID(scheme.cenc_default_kid).bytes)
    except (TypeError, ValueError) as error:
        raise ManifestError(f"{uri}: {scheme.cenc_default_kid!r} is no key id") from error


def _durations(template: SegmentTemplate, uri: str, limit: int) -> list[Fraction]:
    """Of each segment, in seconds; at most `limit`. The runs must follow each other from time 0."""
    timescale = 1 if template.timescale is None else template.timescale
    durations: list[Fraction] = []
    time = 0
    timelines = template.segment_timelines or ()
    for run in (run for timeline in timelines for run in timeline.Ss or ()):
        repeats = run.r or 0
        if timescale <= 0 or run.d is None or run.d <= 0 or repeats < 0 or run.t not in (None, time):
            raise ManifestError(f"{uri}: a timeline with a gap, an overlap or an open end")
        if len(durations) + repeats >= limit:
            raise ManifestError(f"{uri}: more than {MAX_SEGMENTS} segments")
        durations += [Fraction(run.d, timescale)] * (repeats + 1)
        time += run.d * (repeats + 1)
    if not durations:
        raise ManifestError(f"{uri}: a representation without SegmentTimeline")
    return durations


def _expand(pattern: str, identity: str, number: int) -> str:
    def value(match: re.Match[str]) -> str:
        return identity if match[1] == "RepresentationID" else f"{number:0{match[2] or 1}d}"

    return _IDENTIFIER.sub(value, pattern)
