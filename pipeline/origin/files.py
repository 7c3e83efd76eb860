"""Serving files over ASGI, without a framework: Starlette's FileResponse costs several times as much."""

import logging

from starlette.types import Receive, Scope, Send

from pipeline.errors import StorageError
from pipeline.origin.answer import Answer, answer, select
from pipeline.origin.blocks import BlockCache
from pipeline.origin.cache import ResourceCache
from pipeline.origin.content import BLOCK, Content, GoneError, span
from pipeline.origin.delivery import DELIVERY
from pipeline.origin.departure import Departure
from pipeline.origin.express import Express
from pipeline.origin.headers import FAILURE, METHODS, PREFLIGHT, Fields
from pipeline.origin.occasional import Occasional
from pipeline.origin.ranges import ByteRange
from pipeline.origin.resource import Representation

RETRY_AFTER: Fields = [(b"retry-after", b"5")]


class FileServer:
    """The files of one source, found in `resources` and sent from `blocks`."""

    def __init__(self, resources: ResourceCache, blocks: BlockCache) -> None:
        self._resources = resources
        self._blocks = blocks
        self._log = Occasional(logging.getLogger(__name__))

    def express(self, prefix: str) -> Express:
        """What finds those of them that can be sent at once, below `prefix`."""
        return Express(prefix, self._resources, self._blocks)

    async def respond(self, path: str, scope: Scope, send: Send, receive: Receive | None = None) -> None:
        """Answer the request for the file at relative `path`, which may be anything a client can send.

        `receive` tells when the client is gone; without it, all is read for it that it asked for.
        """
        method = scope["method"]
        if method in ("GET", "HEAD"):
            await self._send_file(path, scope, send, receive)
        elif method == "OPTIONS":
            await _send_start(send, 204, PREFLIGHT)
            await send({"type": "http.response.body"})
        else:
            await _send_failure(send, 405, b"Method not allowed\n", [(b"allow", METHODS)])

    async def _send_file(self, path: str, scope: Scope, send: Send, receive: Receive | None) -> None:
        try:
            reply, chosen, first = await self._prepare(path, scope)
        except FileNotFoundError:
            await _send_failure(send, 404, b"Not found\n")
        except StorageError as error:
            self._log.warning("cannot serve %r: %s", path, error)
            await _send_failure(send, 503, b"Temporarily unavailable\n", RETRY_AFTER)
        except OSError:
            self._log.warning("cannot read %r", path, exc_info=True)
            await _send_failure(send, 503, b"Temporarily unavailable\n", RETRY_AFTER)
        else:
            await _send_start(send, reply.status, reply.fields)
            deliver = scope.get("extensions", {}).get(DELIVERY)
            if reply.body is None or isinstance(chosen.content, bytes):
                await send({"type": "http.response.body", "body": first})
            elif deliver is not None:
                # Or as long as the client reads, this would hold a block that is no more wanted.
                del first
                await deliver["deliver"](self._blocks, chosen.etag, chosen.content, reply.body)
                await send({"type": "http.response.body"})
            else:
                await self._send_blocks(chosen.etag, chosen.content, reply.body, first, send, receive)

    async def _prepare(self, path: str, scope: Scope) -> tuple[Answer, Representation, bytes]:
        """The answer, and the first block of its body: nothing is promised before that is there."""
        try:
            return await self._look(path, scope)
        except GoneError:  # The version that was known there; another may be.
            return await self._look(path, scope)

    async def _look(self, path: str, scope: Scope) -> tuple[Answer, Representation, bytes]:
        resource = await self._resources.get(path)
        request = dict(scope["headers"])
        chosen = select(request, resource)
        reply = answer(scope["method"], request, chosen)
        if reply.body is None:
            return reply, chosen, b""
        if isinstance(chosen.content, bytes):
            return reply, chosen, chosen.content[reply.body.first : reply.body.last + 1]
        try:
            first = await self._blocks.read(chosen.etag, chosen.content, reply.body.first // BLOCK)
        except GoneError:
            self._resources.forget(path, resource)
            raise
        return reply, chosen, first

    async def _send_blocks(
        self,
        etag: bytes,
        content: Content,
        asked: ByteRange,
        block: bytes,
        send: Send,
        receive: Receive | None,
    ) -> None:
        following = asked.first // BLOCK
        last = asked.last // BLOCK
        with Departure(receive) as departure:
            for number in range(following, last + 1):
                if number == following and (following := span(content, number).stop) <= last:
                    self._blocks.prefetch(etag, content, following)
                start = number * BLOCK
                part = block[max(0, asked.first - start) : asked.last + 1 - start]
                await send({"type": "http.response.body", "body": part, "more_body": number < last})
                if departure.happened:
                    return
                if number < last:
                    block = await self._next(etag, content, number + 1, departure)

    async def _next(self, etag: bytes, content: Content, number: int, departure: Departure) -> bytes:
        block = self._blocks.get(etag, number)
        if block is None:
            departure.listen()
            block = await self._blocks.read(etag, content, number)
        return block


async def _send_start(send: Send, status: int, fields: Fields) -> None:
    await send({"type": "http.response.start", "status": status, "headers": fields})


async def _send_failure(send: Send, status: int, body: bytes, fields: Fields | None = None) -> None:
    length = (b"content-length", b"%d" % len(body))
    await _send_start(send, status, [*FAILURE, *(fields or []), length])
    await send({"type": "http.response.body", "body": body})
