"""Header fields that every file response shares."""

Fields = list[tuple[bytes, bytes]]

PUBLIC: Fields = [
    # Published files are public, and players live on other sites than the origin.
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Accept-Ranges, Content-Length, Content-Range, ETag"),
    # Players measure bandwidth with resource timing, which is blank across origins without this.
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
]

DOCUMENT: Fields = [
    # A report or a drawing opened as a page of its own must not act in the name of this site.
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox",
    ),
]

METHODS = b"GET, HEAD, OPTIONS"

PREFLIGHT: Fields = [
    *PUBLIC,
    (b"access-control-allow-methods", METHODS),
    (
        b"access-control-allow-headers",
        b"Range, If-Range, If-Match, If-None-Match, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status",
    ),
    # A player that sends CMCD in headers pays one preflight a request unless browsers may keep the answer.
    (b"access-control-max-age", b"86400"),
]

FAILURE: Fields = [*PUBLIC, (b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
"""For errors: a cache that kept one would hide a file published a moment later."""


def lines(fields: Fields) -> bytes:
    """A header as HTTP/1.1 sends it (RFC 9112, section 2.1), with the empty line that ends it."""
    return b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n"
