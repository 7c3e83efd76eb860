"""From a request and a resource to the answer: pure, so that the rules of HTTP can be read in order."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.origin.conditions import allows_range, fails_if_match, fails_if_none_match
from pipeline.origin.encodings import accepts_gzip
from pipeline.origin.headers import FAILURE, Fields
from pipeline.origin.ranges import ByteRange, UnsatisfiableRangeError, parse_range
from pipeline.origin.resource import Representation, Resource


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its header fields, and the bytes of the representation to send, if any."""

    status: int
    fields: Fields
    body: ByteRange | None = None


def select(request: Mapping[bytes, bytes], resource: Resource) -> Representation:
    """Choose the representation. A range is counted in bytes of the file, so it is never compressed."""
    if resource.compressed is None or b"range" in request:
        return resource.plain
    return resource.compressed if accepts_gzip(request.get(b"accept-encoding", b"")) else resource.plain


def answer(method: str, request: Mapping[bytes, bytes], chosen: Representation) -> Answer:
    """Answer GET or HEAD. The conditions come in the order of RFC 9110, section 13.2.2."""
    if b"if-match" in request and fails_if_match(request[b"if-match"], chosen.etag):
        return Answer(412, [*FAILURE, (b"content-length", b"0")])
    if b"if-none-match" in request and fails_if_none_match(request[b"if-none-match"], chosen.etag):
        return Answer(304, chosen.fields)
    # Range is defined for GET alone (section 14.2): HEAD answers as if the whole was asked for.
    if method == "HEAD":
        return Answer(200, chosen.fields_of_whole)
    if b"range" in request and allows_range(request.get(b"if-range"), chosen.etag):
        return _partial(request[b"range"], chosen)
    return _whole(chosen)


def _whole(chosen: Representation) -> Answer:
    return Answer(200, chosen.fields_of_whole, ByteRange(0, chosen.size - 1) if chosen.size else None)


def _partial(field: bytes, chosen: Representation) -> Answer:
    try:
        asked = parse_range(field, chosen.size)
    except UnsatisfiableRangeError:
        extent = (b"content-range", b"bytes */%d" % chosen.size)
        return Answer(416, [*FAILURE, extent, (b"content-length", b"0")])
    if asked is None:
        return _whole(chosen)
    extent = (b"content-range", b"bytes %d-%d/%d" % (asked.first, asked.last, chosen.size))
    return Answer(206, [*chosen.fields, extent, (b"content-length", b"%d" % asked.length)], asked)
