"""MPEG-4 descriptors, the tag-length-value structure inside `esds`."""

from dataclasses import dataclass
from typing import Self

from packagers.mp4.bits import Mp4Error, Reader, Writer

ES_DESCRIPTOR, DECODER_CONFIG, DECODER_SPECIFIC_INFO, SL_CONFIG = 3, 4, 5, 6
PREDEFINED_FOR_MP4 = b"\x02"
DEPENDS_ON_OTHER, HAS_URL, HAS_CLOCK = 0x80, 0x40, 0x20


@dataclass(frozen=True)
class ElementaryStream:
    """What an ES_Descriptor says of an audio stream (ISO/IEC 14496-1 7.2.6.5 and 7.2.6.6).

    `object_type` is the codec (0x40 is MPEG-4 audio, set up by the AudioSpecificConfig in `config`).
    `es_id` is 0 in files (ISO/IEC 14496-14 3.1.2, ISO/IEC 23000-19 10.3.4.2.3). Rates are bits per second.
    """

    object_type: int
    config: bytes
    es_id: int = 0
    stream_type: int = 5
    buffer_size: int = 0
    max_bitrate: int = 0
    avg_bitrate: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From the payload of `esds`; `Mp4Error` when a descriptor is cut short or missing."""
        stream = expect(Reader(memoryview(data), "esds"), ES_DESCRIPTOR)
        es_id = stream.uint(16)
        if stream.uint(8) & (DEPENDS_ON_OTHER | HAS_URL | HAS_CLOCK):
            raise stream.error("the stream depends on another, on a URL or on a clock")
        decoder = expect(stream, DECODER_CONFIG)
        object_type, stream_type = decoder.uint(8), decoder.uint(8) >> 2
        buffer_size, max_bitrate, avg_bitrate = decoder.uint(24), decoder.uint(32), decoder.uint(32)
        config = expect(decoder, DECODER_SPECIFIC_INFO)
        return cls(object_type, bytes(config.data), es_id, stream_type, buffer_size, max_bitrate, avg_bitrate)

    def to_bytes(self) -> bytes:
        """The payload of `esds`, with each length in as few bytes as it needs."""
        sink = Writer({})
        sink.uint(self.object_type, 8)
        sink.uint(self.stream_type << 2 | 1, 8)
        sink.uint(self.buffer_size, 24)
        sink.uint(self.max_bitrate, 32)
        sink.uint(self.avg_bitrate, 32)
        decoder = bytes(sink.data) + descriptor(DECODER_SPECIFIC_INFO, self.config)
        stream = self.es_id.to_bytes(2, "big") + b"\0" + descriptor(DECODER_CONFIG, decoder)
        return descriptor(ES_DESCRIPTOR, stream + descriptor(SL_CONFIG, PREDEFINED_FOR_MP4))


def expect(source: Reader, tag: int) -> Reader:
    """The body of the next descriptor, which must have this `tag`."""
    if (found := source.uint(8)) != tag:
        raise source.error(f"descriptor {found} where {tag} is due")
    return source.window(read_length(source), f"descriptor {tag}")


def read_length(source: Reader) -> int:
    """A length in up to four bytes of seven bits, high bit set on all but the last (14496-1 8.3.3)."""
    length = 0
    for _ in range(4):
        byte = source.uint(8)
        length = length << 7 | byte & 0x7F
        if byte < 0x80:
            return length
    raise source.error("a descriptor length of more than four bytes")


def descriptor(tag: int, body: bytes) -> bytes:
    if len(body) >= 1 << 28:
        raise Mp4Error(f"a descriptor of {len(body)} bytes is too long")
    septets = [len(body) >> shift & 0x7F for shift in (21, 14, 7, 0) if len(body) >> shift or not shift]
    length = bytes([septet | 0x80 for septet in septets[:-1]] + septets[-1:])
    return bytes([tag]) + length + body
