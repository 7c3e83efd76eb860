"""What may be served, and as what. A name with another ending is not served at all.

That is also what keeps a file under its temporary name out of reach, whichever writer chose the name.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class MediaType:
    """A value of Content-Type, whether gzip makes such content smaller, and whether browsers run it."""

    name: bytes
    compressible: bool = False
    document: bool = False


BY_SUFFIX = {
    ".m3u8": MediaType(b"application/vnd.apple.mpegurl", compressible=True),
    ".mpd": MediaType(b"application/dash+xml", compressible=True),
    ".mp4": MediaType(b"video/mp4"),
    # A segment alone is no playable file. HLS authoring allows video/mp4 as well; video/iso.segment is the
    # type that ISO/IEC 23009-1 registers for it, and keeps a browser from offering a segment as a film.
    ".m4s": MediaType(b"video/iso.segment"),
    ".vtt": MediaType(b"text/vtt; charset=utf-8", compressible=True),
    ".jpg": MediaType(b"image/jpeg"),
    ".png": MediaType(b"image/png"),
    ".svg": MediaType(b"image/svg+xml", compressible=True, document=True),
    ".json": MediaType(b"application/json", compressible=True),
    ".html": MediaType(b"text/html; charset=utf-8", compressible=True, document=True),
    ".css": MediaType(b"text/css; charset=utf-8", compressible=True),
    ".js": MediaType(b"text/javascript; charset=utf-8", compressible=True),
}


def media_type(path: str) -> MediaType | None:
    """Return the type of the file called `path`, or None if files of that kind are not served."""
    return BY_SUFFIX.get(PurePosixPath(path).suffix)
