"""MPDs whose segments are elsewhere: a template cannot spell signed URLs, so each is listed.

A SegmentList with a timeline is read by few players. What is listed here has one nominal duration (ISO/IEC
23009-1, 5.3.9.2), and players go by the times in the segments.
"""

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.origin.presigning.playlists import Sign

PROFILE = "urn:mpeg:dash:profile:isoff-main:2011"
"""Which has lists; that of live streams has templates alone (8.4)."""

_NAMESPACE = "{urn:mpeg:dash:schema:mpd:2011}"
_IDENTIFIER = re.compile(r"\$(RepresentationID|Number)(?:%0(\d)d)?\$", re.ASCII)


def presigned_mpd(text: str, sign: Sign) -> str:
    """List the segments of every representation, but of one whose durations differ too much: that is read
    from the origin as before."""
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    base = "".join(root.findtext(f"{_NAMESPACE}BaseURL") or "")
    for group in list(root.iter(f"{_NAMESPACE}AdaptationSet")):
        template = group.find(f"{_NAMESPACE}SegmentTemplate")
        if template is not None and _list_segments(group, template, base, sign):
            group.remove(template)
            root.set("profiles", PROFILE)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True).decode()


def _list_segments(group: etree._Element, template: etree._Element, base: str, sign: Sign) -> bool:
    durations = list(_durations(template))
    nominal = _nominal(durations)
    if nominal is None:
        return False
    first = int(template.get("startNumber", "1"))
    for representation in group.findall(f"{_NAMESPACE}Representation"):
        name = representation.get("id", "")
        timescale = template.get("timescale", "1")
        listed = etree.SubElement(
            representation, f"{_NAMESPACE}SegmentList", timescale=timescale, duration=str(nominal)
        )
        header = sign(base + _expand(template.get("initialization", ""), name))
        etree.SubElement(listed, f"{_NAMESPACE}Initialization", sourceURL=header)
        for number in range(first, first + len(durations)):
            segment = sign(base + _expand(template.get("media", ""), name, number))
            etree.SubElement(listed, f"{_NAMESPACE}SegmentURL", media=segment)
    return True


def _durations(template: etree._Element) -> Iterator[int]:
    for run in template.iter(f"{_NAMESPACE}S"):
        yield from [int(run.get("d", "0"))] * (int(run.get("r", "0")) + 1)


def _nominal(durations: list[int]) -> int | None:
    """The duration by which every segment begins within half of itself of where it should; None where there
    is none."""
    if not durations:
        return None
    nominal = round(sum(durations[:-1]) / (len(durations) - 1)) if len(durations) > 1 else durations[0]
    begins = 0
    for number, duration in enumerate(durations):
        if abs(begins - number * nominal) * 2 > nominal:
            return None
        begins += duration
    return nominal


def _expand(pattern: str, name: str, number: int = 0) -> str:
    def value(match: re.Match[str]) -> str:
        return name if match[1] == "RepresentationID" else f"{number:0{match[2] or 1}d}"

    return _IDENTIFIER.sub(value, pattern)
