"""Choosing a content coding by Accept-Encoding (RFC 9110, section 12.5.3)."""


def accepts_gzip(field: bytes) -> bool:
    """Whether gzip is acceptable: named, or covered by `*`, and not refused with a weight of zero."""
    if not field:
        return False
    weights = dict(_parse(item) for item in field.lower().split(b","))
    return weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", False)))


def _parse(item: bytes) -> tuple[bytes, bool]:
    coding, _, weight = item.partition(b";")
    name, _, value = weight.partition(b"=")
    refused = name.strip() == b"q" and value.strip(b" \t0.") == b""
    return coding.strip(), not refused
