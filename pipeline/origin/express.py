"""What can be answered at once: plain requests for media that are in memory and for everybody.

Most requests to an origin are such. An application costs several times what finding the answer does, so
`pipeline.origin.protocol` writes what is found here straight to the connection. A request that is not plain,
and whatever has to be looked for, is left to the application, which knows all of HTTP; both answer alike.
"""

from pipeline.origin.answer import select
from pipeline.origin.blocks import BlockCache
from pipeline.origin.cache import ResourceCache
from pipeline.origin.headers import Fields
from pipeline.origin.resource import Representation

_NOT_PLAIN = frozenset(
    (
        b"content-length",
        b"expect",
        b"if-match",
        b"if-none-match",
        b"range",
        b"transfer-encoding",
        b"upgrade",
    )
)


class Express:
    """Media below `prefix`, found in `resources` and sent from `blocks`."""

    def __init__(self, prefix: str, resources: ResourceCache, blocks: BlockCache) -> None:
        self._prefix = prefix.encode()
        self._resources = resources
        self.blocks = blocks

    def find(self, target: bytes, headers: Fields) -> Representation | None:
        """What to send whole for GET of `target`, if that is known now.

        Nothing is decoded: what is spelled in another way than the plain one is not known.
        """
        if not target.startswith(self._prefix):
            return None
        path = target[len(self._prefix) :].partition(b"?")[0]
        resource = self._resources.fresh(path.decode("latin-1"))
        request = dict(headers)
        if resource is None or not _NOT_PLAIN.isdisjoint(request):
            return None
        chosen = select(request, resource)
        held = isinstance(chosen.content, bytes) or (chosen.etag, 0) in self.blocks
        return chosen if held else None
