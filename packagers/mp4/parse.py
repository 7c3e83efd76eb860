"""Bytes to boxes. Input is not trusted: sizes must fit the parent, depth and number are limited."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from packagers.mp4.bits import Mp4Error, Reader
from packagers.mp4.box import Box, Damaged, Parent, SizeForm
from packagers.mp4.registry import declaration
from packagers.mp4.text import FourCC

MAX_DEPTH = 16
MAX_BOXES = 10_000
MAX_BOX_BYTES = 64 << 20
"""Of a box that is read into memory; the `moov` of a feature film that is not fragmented has a tenth."""


class Header(NamedTuple):
    """Start of a box in a file: all numbers count bytes, `size` is of the whole box."""

    type: str
    offset: int
    header_size: int
    size: int
    form: SizeForm

    @property
    def end(self) -> int:
        return self.offset + self.size


def read_header(source: Reader, room: int, *, nested: bool = True) -> Header:
    """The next header in `source`, of a box that must fit `room` bytes."""
    offset = source.offset + source.position
    start = source.position
    size, form = source.uint(32), SizeForm.COMPACT
    type_ = FourCC().read(source)
    if size == 1:
        size, form = source.uint(64), SizeForm.LARGE
    elif size == 0:
        if nested:
            raise source.error(f"box {type_} inside another has size 0")
        size, form = room, SizeForm.TO_END
    header_size = source.position - start
    if not header_size <= size <= room:
        raise source.error(f"box {type_} has size {size}, of {header_size} to {room} possible")
    return Header(type_, offset, header_size, size, form)


@dataclass
class Parser:
    """One parse: how strict it is and how many boxes it has met."""

    strict: bool = True
    boxes: int = field(default=0, init=False)

    def children(self, source: Reader, depth: int) -> tuple[Box, ...]:
        found = []
        while source.remaining:
            start = source.position
            try:
                found.append(self.box(source, depth))
            except Mp4Error as error:
                if self.strict:
                    raise
                found.append(Damaged(type="", data=bytes(source.data[start:]), reason=str(error)))
                break
        return tuple(found)

    def box(self, source: Reader, depth: int) -> Box:
        self.boxes += 1
        if depth > MAX_DEPTH or self.boxes > MAX_BOXES:
            raise source.error(f"boxes nested deeper than {MAX_DEPTH} or more of them than {MAX_BOXES}")
        head = read_header(source, source.remaining, nested=depth > 0)
        body = source.window(head.size - head.header_size, head.type)
        try:
            return self._body(head, body, depth)
        except Mp4Error as error:
            if self.strict:
                raise
            return Damaged(type=head.type, size_form=head.form, data=bytes(body.data), reason=str(error))

    def _body(self, head: Header, body: Reader, depth: int) -> Box:
        kind = declaration(head.type)
        values = kind.read_fields(body)
        if issubclass(kind, Parent):
            values["children"] = self.children(body, depth + 1)
        if body.remaining:
            raise body.error(f"{body.remaining} bytes are left after the last field")
        try:
            return kind(type=head.type, size_form=head.form, **values)
        except Mp4Error as error:
            raise body.error(str(error)) from None


def parse(data: bytes, *, offset: int = 0, strict: bool = True) -> tuple[Box, ...]:
    """All boxes of `data`, which starts at byte `offset` of its file (for messages).

    Raises `Mp4Error` for bytes that break the format. If not `strict`, the box at fault becomes `Damaged`
    instead and parsing goes on behind it.
    """
    return Parser(strict).children(Reader(memoryview(data), offset=offset), 0)


def scan(file: BinaryIO) -> Iterator[Header]:
    """Headers of the top-level boxes of a seekable file, without reading payloads.

    The caller may move the file's position meanwhile. Raises `Mp4Error` where a box does not fit the file.
    """
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at < end:
        file.seek(at)
        head = read_header(Reader(memoryview(file.read(16)), offset=at), end - at, nested=False)
        yield head
        at = head.end


def read_box(file: BinaryIO, head: Header, *, strict: bool = True) -> Box:
    """The top-level box that `scan` found. Raises `Mp4Error` when it is too large to hold in memory."""
    if head.size > MAX_BOX_BYTES:
        raise Mp4Error(f"{head.type} at byte {head.offset}: {head.size} bytes are more than {MAX_BOX_BYTES}")
    file.seek(head.offset)
    (box,) = parse(file.read(head.size), offset=head.offset, strict=strict)
    return box
