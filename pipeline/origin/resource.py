"""A file as HTTP sees it: its representations, their entity tags and header fields (RFC 9110, section 8)."""

import gzip
import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, replace

from pipeline.origin.content import BLOCK, Content
from pipeline.origin.folder import OpenFile
from pipeline.origin.headers import DOCUMENT, PUBLIC, Fields, lines
from pipeline.storage.mediatypes import MediaType

_LARGEST_COMPRESSED = 4 * 1024 * 1024
_OVERHEAD = 4096
_KEPT_BLOCKS = 16 * 1024 * 1024 // BLOCK


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes with a strong entity tag. `content` is the bytes themselves, or where to read them."""

    etag: bytes
    size: int
    content: bytes | Content
    fields: Fields
    """Header fields of any successful response about it, but for length and range."""
    fields_of_whole: Fields
    """The same for a response with all of it."""
    lines_of_whole: bytes
    """These as they are sent, and the empty line that ends them."""

    @classmethod
    def of(cls, etag: bytes, size: int, content: bytes | Content, fields: Fields) -> "Representation":
        whole = [*fields, (b"content-length", b"%d" % size)]
        return cls(etag, size, content, fields, whole, lines(whole))

    def with_field(self, name: bytes, value: bytes) -> "Representation":
        return self.of(self.etag, self.size, self.content, [*self.fields, (name, value)])


@dataclass(frozen=True, slots=True)
class Resource:
    """One published file as it is and, where its kind gains by that, compressed. `identity` tells its
    versions apart by what its source knows without reading it."""

    identity: Hashable
    plain: Representation
    compressed: Representation | None

    @property
    def weight(self) -> int:
        """Bytes of memory, roughly, that it takes to remember."""
        held = (self.plain, self.compressed) if self.compressed else (self.plain,)
        return _OVERHEAD + sum(len(each.content) for each in held if isinstance(each.content, bytes))

    def with_field(self, name: bytes, value: bytes) -> "Resource":
        compressed = self.compressed.with_field(name, value) if self.compressed else None
        return replace(self, plain=self.plain.with_field(name, value), compressed=compressed)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A resource, and the first blocks of its file if that is larger than one: they were read to name it."""

    resource: Resource
    blocks: list[bytes]


def load(file: OpenFile, kind: MediaType, cache_control: bytes) -> Loaded:
    """Read `file` once and describe it, keeping its first 16 MiB. Blocks the calling thread.

    The entity tag is a hash of the content, so that two origins, or one origin whose files were copied,
    agree on it. That costs one reading a file, not one a request: see `pipeline.origin.cache`.
    """
    digest = hashlib.sha256()
    blocks: list[bytes] = []
    for block in file.blocks():
        digest.update(block)
        if len(blocks) < _KEPT_BLOCKS:
            blocks.append(block)
    whole = b"".join(blocks) if file.size <= BLOCK else None
    encoded = compress(b"".join(blocks)) if is_worth_compressing(file.size, kind) else None
    tag = short_tag(digest.hexdigest())
    content: bytes | Content = file if whole is None else whole
    resource = describe(file.identity, tag, content, file.size, kind, cache_control, encoded)
    return Loaded(resource, blocks if whole is None else [])


def short_tag(sha256: str) -> bytes:
    """The entity tag, without its quotes, of content with that SHA-256 in hex."""
    return sha256[:32].encode()


def is_worth_compressing(size: int, kind: MediaType) -> bool:
    return kind.compressible and 0 < size <= _LARGEST_COMPRESSED


def compress(content: bytes) -> bytes:
    """The same bytes for the same content, for their tags are."""
    return gzip.compress(content, mtime=0)


def describe(
    identity: Hashable,
    tag: bytes,
    content: bytes | Content,
    size: int,
    kind: MediaType,
    cache_control: bytes,
    encoded: bytes | None,
) -> Resource:
    """A resource of `size` bytes; `encoded` is its content under gzip, if that is to be offered."""
    fields = _fields(kind, cache_control)
    plain = _represent(b'"%s"' % tag, content, size, fields)
    if encoded is None:
        return Resource(identity, plain, None)
    encoding = (b"content-encoding", b"gzip")
    return Resource(
        identity, plain, _represent(b'"%s-gzip"' % tag, encoded, len(encoded), [*fields, encoding])
    )


def _fields(kind: MediaType, cache_control: bytes) -> Fields:
    fields = [*PUBLIC, (b"content-type", kind.name), (b"cache-control", cache_control)]
    if kind.compressible:
        fields.append((b"vary", b"Accept-Encoding"))
    return [*fields, *DOCUMENT] if kind.document else fields


def _represent(etag: bytes, content: bytes | Content, size: int, fields: Fields) -> Representation:
    described = [*fields, (b"accept-ranges", b"bytes"), (b"etag", etag)]
    return Representation.of(etag, size, content, described)
