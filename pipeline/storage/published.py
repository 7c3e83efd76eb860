"""What HTTP says of a published object besides its type: the same from the origin and from a bucket."""

IMMUTABLE = "public, max-age=31536000, immutable"
STABLE = "public, max-age=5, stale-if-error=86400"
"""A new version should be seen within seconds, and a cache that lost us may go on with what it has."""


def cache_control(path: str) -> str:
    """Cache-Control of a path below `titles/`: `<title>/v/<version>/...` never changes; what is beside it
    points at the current version."""
    return IMMUTABLE if path.split("/")[1:2] == ["v"] else STABLE
