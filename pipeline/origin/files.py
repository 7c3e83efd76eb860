"""Serving a folder over ASGI, without a framework: Starlette's FileResponse costs several times as much."""

import logging

from starlette.types import Scope, Send

from pipeline.origin.answer import Answer, answer, select
from pipeline.origin.cache import BlockCache, ResourceCache
from pipeline.origin.folder import BLOCK, OpenFile
from pipeline.origin.headers import FAILURE, METHODS, PREFLIGHT, Fields
from pipeline.origin.ranges import ByteRange
from pipeline.origin.resource import Representation

_log = logging.getLogger(__name__)


class FileServer:
    """The files of one folder, found in `resources` and sent from `blocks`."""

    def __init__(self, resources: ResourceCache, blocks: BlockCache) -> None:
        self._resources = resources
        self._blocks = blocks

    async def respond(self, path: str, scope: Scope, send: Send) -> None:
        """Answer the request for the file at relative `path`, which may be anything a client can send."""
        method = scope["method"]
        if method in ("GET", "HEAD"):
            await self._send_file(path, scope, send)
        elif method == "OPTIONS":
            await _send_start(send, 204, PREFLIGHT)
            await send({"type": "http.response.body"})
        else:
            await _send_failure(send, 405, b"Method not allowed\n", [(b"allow", METHODS)])

    async def _send_file(self, path: str, scope: Scope, send: Send) -> None:
        try:
            resource = await self._resources.get(path)
        except FileNotFoundError:
            await _send_failure(send, 404, b"Not found\n")
        except OSError:
            _log.exception("cannot read %r", path)
            await _send_failure(send, 503, b"Temporarily unavailable\n")
        else:
            request = dict(scope["headers"])
            chosen = select(request, resource)
            await self._send(answer(scope["method"], request, chosen), chosen, send)

    async def _send(self, reply: Answer, chosen: Representation, send: Send) -> None:
        await _send_start(send, reply.status, reply.fields)
        if reply.body is None:
            await send({"type": "http.response.body"})
        elif isinstance(chosen.content, bytes):
            body = chosen.content[reply.body.first : reply.body.last + 1]
            await send({"type": "http.response.body", "body": body})
        else:
            await self._send_blocks(chosen.etag, chosen.content, reply.body, send)

    async def _send_blocks(self, etag: bytes, file: OpenFile, asked: ByteRange, send: Send) -> None:
        last = asked.last // BLOCK
        for number in range(asked.first // BLOCK, last + 1):
            block = await self._blocks.read(etag, file, number)
            start = number * BLOCK
            part = block[max(0, asked.first - start) : asked.last + 1 - start]
            await send({"type": "http.response.body", "body": part, "more_body": number < last})


async def _send_start(send: Send, status: int, fields: Fields) -> None:
    await send({"type": "http.response.start", "status": status, "headers": fields})


async def _send_failure(send: Send, status: int, body: bytes, fields: Fields | None = None) -> None:
    length = (b"content-length", b"%d" % len(body))
    await _send_start(send, status, [*FAILURE, *(fields or []), length])
    await send({"type": "http.response.body", "body": body})
