"""How one sees that a part can do its work."""

import re
from collections.abc import Sequence

import httpx
import redis.asyncio
from redis.exceptions import RedisError

from pipeline.site.part import Ready

ANSWER_SECONDS = 2.0


def answers_ping(url: str) -> Ready:
    """A Redis-compatible server that has its data loaded and knows the URL's password."""

    async def ready(_: Sequence[str]) -> bool:
        client = redis.asyncio.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        try:
            return bool(await client.ping())
        except RedisError:
            return False
        finally:
            await client.aclose()

    return ready


def answers_http(url: str) -> Ready:
    """An HTTP server whose page at `url` is there."""

    async def ready(_: Sequence[str]) -> bool:
        try:
            # Whatever proxy the environment names is not meant for a server on this machine.
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
                return (await client.get(url)).is_success
        except httpx.TransportError:
            return False

    return ready


def says(pattern: str) -> Ready:
    """A program that writes a line with `pattern`, a regular expression, once it is ready."""

    async def ready(lines: Sequence[str]) -> bool:
        return any(re.search(pattern, line) for line in lines)

    return ready
