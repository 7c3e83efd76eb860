"""Fields of letters: strings, four-character codes, languages."""

from packagers.mp4.bits import Mp4Error, Reader, Writer
from packagers.mp4.fields import Field


class Text(Field):
    """UTF-8 up to a zero byte; bytes that are not UTF-8 survive."""

    def read(self, source: Reader) -> str:
        text, zero, _ = bytes(source.data[source.position :]).partition(b"\0")
        if not zero:
            raise source.error("text without a zero byte at its end")
        source.take(len(text) + 1)
        return text.decode(errors="surrogateescape")

    def write(self, sink: Writer, value: str) -> None:
        sink.put(value.encode(errors="surrogateescape") + b"\0")


class FourCC(Field):
    """Four characters of one byte each."""

    def read(self, source: Reader) -> str:
        return str(source.take(4), "latin-1")

    def write(self, sink: Writer, value: str) -> None:
        code = value.encode("latin-1")
        if len(code) != 4:
            raise Mp4Error(f"{value!r} is not a four-character code")
        sink.put(code)


class FourCCs(Field):
    """Four-character codes to the end of the box."""

    def read(self, source: Reader) -> tuple[str, ...]:
        return tuple(FourCC().read(source) for _ in range(-(-source.remaining // 4)))

    def write(self, sink: Writer, value: tuple[str, ...]) -> None:
        for code in value:
            FourCC().write(sink, code)


class Language(Field):
    """An ISO 639-2/T code packed in 15 bits, each letter less 0x60 (ISO/IEC 14496-12 8.4.2.3)."""

    def read(self, source: Reader) -> str:
        packed = source.uint(15)
        return "".join(chr((packed >> shift & 31) + 0x60) for shift in (10, 5, 0))

    def write(self, sink: Writer, value: str) -> None:
        if len(value) != 3:
            raise Mp4Error(f"{value!r} is not a three-letter language code")
        for letter in value:
            sink.uint(ord(letter) - 0x60, 5)
