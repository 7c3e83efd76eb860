"""What manifests lead to, by readers that are not ours."""

import posixpath
import re
from collections.abc import Callable, Iterator

import m3u8
from lxml import etree

DASH = {"": "urn:mpeg:dash:schema:mpd:2011"}

Fetch = Callable[[str], bytes]
"""The file at a path."""


def named_in(path: str, text: str, fetch: Fetch) -> set[str]:
    """Paths of all files that a player of the manifest `text`, found at `path`, may ask for."""
    return set(_in_mpd(path, text) if path.endswith(".mpd") else _in_playlist(path, text, fetch))


def _in_playlist(path: str, text: str, fetch: Fetch) -> Iterator[str]:
    playlist = m3u8.loads(text)
    for media in {other.uri for other in (*playlist.playlists, *playlist.media, *playlist.iframe_playlists)}:
        if media:
            found = _beside(path, media)
            yield found
            yield from _in_playlist(found, fetch(found).decode(), fetch)
    for segment in (*playlist.segment_map, *playlist.segments):
        yield _beside(path, str(segment.uri))


def _in_mpd(path: str, text: str) -> Iterator[str]:
    mpd = etree.fromstring(text.encode())
    base = _beside(path, mpd.findtext("BaseURL", "", DASH))
    for adaptation in mpd.iterfind("Period/AdaptationSet", DASH):
        template = adaptation.find("SegmentTemplate", DASH)
        assert template is not None
        count = sum(1 + int(run.get("r", "0")) for run in template.iterfind("SegmentTimeline/S", DASH))
        for representation in adaptation.iterfind("Representation", DASH):
            for number in range(1, count + 1):
                yield base + _filled(template.attrib["media"], representation.attrib["id"], number)
            yield base + _filled(template.attrib["initialization"], representation.attrib["id"], 0)


def _filled(template: str, representation: str, number: int) -> str:
    numbered = re.sub(r"\$Number%(\d+)d\$", lambda found: f"{number:{found[1]}d}", str(template))
    return numbered.replace("$RepresentationID$", str(representation))


def _beside(path: str, uri: str) -> str:
    return posixpath.join(posixpath.dirname(path), uri)
