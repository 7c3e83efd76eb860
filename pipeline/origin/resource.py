"""A file as HTTP sees it: its representations, their entity tags and header fields (RFC 9110, section 8)."""

import gzip
import hashlib
from dataclasses import dataclass

from pipeline.origin.folder import BLOCK, OpenFile
from pipeline.origin.headers import DOCUMENT, PUBLIC, Fields
from pipeline.storage.mediatypes import MediaType

_LARGEST_COMPRESSED = 4 * 1024 * 1024
_KEPT_BLOCKS = 16 * 1024 * 1024 // BLOCK


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes with a strong entity tag. `content` is the bytes themselves, or the file that holds them."""

    etag: bytes
    size: int
    content: bytes | OpenFile
    fields: Fields
    """Header fields of any successful response about it, but for length and range."""
    fields_of_whole: Fields
    """The same for a response with all of it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One published file as it is and, where its kind gains by that, compressed."""

    identity: tuple[int, int, int, int]
    plain: Representation
    compressed: Representation | None


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
    tag = digest.hexdigest()[:32].encode()
    fields = _fields(kind, cache_control)
    whole = b"".join(blocks) if file.size <= BLOCK else None
    plain = _represent(b'"%s"' % tag, file if whole is None else whole, file.size, fields)
    compressed = _compress(tag, b"".join(blocks), fields) if _is_worth_compressing(file, kind) else None
    return Loaded(Resource(file.identity, plain, compressed), blocks if whole is None else [])


def _fields(kind: MediaType, cache_control: bytes) -> Fields:
    fields = [*PUBLIC, (b"content-type", kind.name), (b"cache-control", cache_control)]
    if kind.compressible:
        fields.append((b"vary", b"Accept-Encoding"))
    return [*fields, *DOCUMENT] if kind.document else fields


def _represent(etag: bytes, content: bytes | OpenFile, size: int, fields: Fields) -> Representation:
    described = [*fields, (b"accept-ranges", b"bytes"), (b"etag", etag)]
    return Representation(etag, size, content, described, [*described, (b"content-length", b"%d" % size)])


def _is_worth_compressing(file: OpenFile, kind: MediaType) -> bool:
    return kind.compressible and 0 < file.size <= _LARGEST_COMPRESSED


def _compress(tag: bytes, content: bytes, fields: Fields) -> Representation:
    encoded = gzip.compress(content, mtime=0)
    return _represent(b'"%s-gzip"' % tag, encoded, len(encoded), [*fields, (b"content-encoding", b"gzip")])
