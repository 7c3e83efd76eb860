"""Conditional requests by entity tag (RFC 9110, section 13).

The origin sends no Last-Modified: two copies of one title have the same bytes and other times, and a
tag made from the bytes answers every question a date could. Conditions by date therefore never hold.
"""

import re

_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def fails_if_match(field: bytes, etag: bytes) -> bool:
    """If-Match asks for a strong match with any of its tags (section 13.1.1)."""
    if field.strip() == b"*":
        return False
    return not any(match[0] == etag for match in _TAG.finditer(field))


def fails_if_none_match(field: bytes, etag: bytes) -> bool:
    """If-None-Match is compared weakly: `W/"x"` and `"x"` are the same (section 13.1.2)."""
    return field.strip() == b"*" or etag in _TAG.findall(field)


def allows_range(if_range: bytes | None, etag: bytes) -> bool:
    """Range is honoured without If-Range, or when its one tag matches strongly (section 13.1.5)."""
    return if_range is None or if_range.strip() == etag
