"""What DRM systems need to get the keys, as `pssh` boxes (ISO/IEC 23001-7 8.1). None depends on a key itself.

System ids are those of https://dashif.org/identifiers/content_protection/.
"""

from uuid import UUID

from packagers.cenc.playready import header_object
from packagers.mp4.protection import ProtectionSystemHeader

COMMON = UUID("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b").bytes
WIDEVINE = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed").bytes
PLAYREADY = UUID("9a04f079-9840-4286-ab92-e65be0885f95").bytes
CLEARKEY = UUID("e2719d58-a985-b3c9-781a-b030af78d30e").bytes

KEY_ID_FIELD, SCHEME_FIELD = 2, 9
VARINT, BYTES = 0, 2
"""Wire types of protocol buffers."""


def common(*kids: bytes) -> ProtectionSystemHeader:
    """Of the common system, which every ClearKey CDM reads (W3C, "cenc" Initialization Data Format)."""
    return ProtectionSystemHeader(version=1, system_id=COMMON, kids=kids)


def clearkey(*kids: bytes) -> ProtectionSystemHeader:
    """Of ClearKey by its own id (DASH-IF IOP, part 6)."""
    return ProtectionSystemHeader(version=1, system_id=CLEARKEY, kids=kids)


def playready(kid: bytes, scheme_type: str) -> ProtectionSystemHeader:
    return ProtectionSystemHeader(system_id=PLAYREADY, data=header_object(kid, scheme_type))


def widevine(kid: bytes, scheme_type: str) -> ProtectionSystemHeader:
    """A `WidevinePsshData` message: the key id and the scheme as a four-character code. The field `algorithm`
    is deprecated, and implied by the scheme."""
    scheme = int.from_bytes(scheme_type.encode(), "big")
    data = field(KEY_ID_FIELD, BYTES) + varint(len(kid)) + kid + field(SCHEME_FIELD, VARINT) + varint(scheme)
    return ProtectionSystemHeader(system_id=WIDEVINE, data=data)


def field(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; the high bit says that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
