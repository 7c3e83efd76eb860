"""The `m3u8` classes, with what they lack."""

import m3u8
from m3u8.protocol import ext_x_map, ext_x_session_key

from packagers.protection import IDENTITY, KeyLine, Protection, Scheme

METHODS: dict[Scheme, str] = {"cbcs": "SAMPLE-AES", "cenc": "SAMPLE-AES-CTR", "aes-128": "AES-128"}
"""Of EXT-X-KEY, by scheme (RFC 8216bis 4.4.4.4)."""


class Key(m3u8.Key):  # type: ignore[misc]  # m3u8 has no types
    """With KEYID. The format of plain keys is not stated, for it is the default, and older players know no
    other."""

    def __init__(self, protection: Protection, line: KeyLine) -> None:
        stated = line.format != IDENTITY
        super().__init__(
            method=METHODS[protection.scheme],
            base_uri=None,
            uri=line.uri,
            keyformat=line.format if stated else None,
            keyformatversions="1" if stated else None,
        )
        self.kid = protection.kid if line.states_kid else None

    def __str__(self) -> str:
        return f"{super().__str__()},KEYID=0x{self.kid.hex()}" if self.kid else str(super().__str__())


class SessionKey(Key):
    tag = ext_x_session_key


class Segment(m3u8.Segment):  # type: ignore[misc]
    """With any number of keys, after EXT-X-MAP: they would else be of the header, too (RFC 8216bis 4.4.4.4),
    and that of an `aes-128` track is clear."""

    keys: tuple[Key, ...] = ()

    def dumps(
        self, last_segment: "Segment | None", timespec: str = "milliseconds", infspec: str = "auto"
    ) -> str:
        text = str(super().dumps(last_segment, timespec, infspec))
        if self.keys == (last_segment.keys if last_segment else ()):
            return text
        lines = text.split("\n")
        after_map = 1 if lines[0].startswith(ext_x_map) else 0
        return "\n".join([*lines[:after_map], *map(str, self.keys), *lines[after_map:]])
