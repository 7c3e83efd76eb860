"""Byte ranges: RFC 9110, section 14."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.origin.ranges import ByteRange, UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize(
    ("field", "size", "first", "last"),
    [
        (b"bytes=0-0", 10, 0, 0),
        (b"bytes=0-9", 10, 0, 9),
        (b"bytes=2-5", 10, 2, 5),
        (b"bytes=9-9", 10, 9, 9),
        (b"bytes=4-", 10, 4, 9),
        (b"bytes=4-99", 10, 4, 9),
        (b"bytes=-1", 10, 9, 9),
        (b"bytes=-10", 10, 0, 9),
        (b"bytes=-99", 10, 0, 9),
        (b"Bytes=1-2", 10, 1, 2),
        (b"bytes= 1-2 ", 10, 1, 2),
    ],
)
def test_a_range_within_the_file(field, size, first, last):
    assert parse_range(field, size) == ByteRange(first, last)


@pytest.mark.parametrize(
    "field",
    [
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=-",
        b"bytes=a-b",
        b"bytes=5-2",
        b"bytes=1-2,4-5",
        b"bytes=1-2,",
        b"bytes=-1-2",
        b"bytes=+1-2",
        b"bytes=0x1-2",
        b"bytes=1 - 2",
        b"seconds=1-2",
        b"bytes=1-2\n",
        "bytes=\u0661-\u0662".encode(),
        b"bytes=" + b"9" * 19 + b"-",
        b"bytes=" + b"0" * 100_000 + b"-",
    ],
)
def test_what_is_no_single_range_is_ignored(field):
    assert parse_range(field, 10) is None


@pytest.mark.parametrize(
    ("field", "size"),
    [(b"bytes=10-", 10), (b"bytes=10-12", 10), (b"bytes=-0", 10), (b"bytes=0-", 0), (b"bytes=-5", 0)],
)
def test_a_range_beyond_the_end_cannot_be_satisfied(field, size):
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(field, size)


def test_part_of_a_file(ask, segment):
    answer = ask(segment, Range="bytes=256-259")
    assert answer.status_code == 206
    assert answer.content == b"\x00\x01\x02\x03"
    assert answer.headers["content-range"] == "bytes 256-259/614400"
    assert answer.headers["content-length"] == "4"


def test_a_range_across_blocks(ask, segment):
    answer = ask(segment, Range="bytes=262143-262145")
    assert answer.content == b"\xff\x00\x01"


def test_the_last_bytes(ask, segment):
    answer = ask(segment, Range="bytes=-2")
    assert answer.content == b"\xfe\xff"
    assert answer.headers["content-range"] == "bytes 614398-614399/614400"


def test_without_a_range_the_whole_file(ask, segment):
    answer = ask(segment)
    assert answer.status_code == 200
    assert answer.content == bytes(range(256)) * 2400
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-range" not in answer.headers


def test_several_ranges_get_the_whole_file(ask, segment):
    answer = ask(segment, Range="bytes=0-1,4-5")
    assert answer.status_code == 200
    assert len(answer.content) == 614400


def test_beyond_the_end(ask, segment):
    answer = ask(segment, Range="bytes=614400-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */614400"
    assert answer.content == b""
    assert answer.headers["cache-control"] == "no-store"


def test_if_range_with_the_tag_of_this_content(ask, segment):
    tag = ask(segment).headers["etag"]
    assert ask(segment, Range="bytes=0-1", If_Range=tag).status_code == 206


@pytest.mark.parametrize("condition", ['"other"', "W/{tag}", "Sun, 06 Nov 1994 08:49:37 GMT", ""])
def test_if_range_that_does_not_match_gets_the_whole_file(ask, segment, condition):
    tag = ask(segment).headers["etag"]
    answer = ask(segment, Range="bytes=0-1", If_Range=condition.format(tag=tag))
    assert answer.status_code == 200
    assert len(answer.content) == 614400


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 614_399), max_size=6))
def test_parts_join_to_the_whole(ask, segment, cuts):
    edges = [0, *sorted(cuts), 614_400]
    parts = [ask(segment, Range=f"bytes={start}-{end - 1}").content for start, end in pairwise(edges)]
    assert b"".join(parts) == bytes(range(256)) * 2400
