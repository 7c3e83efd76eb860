"""The PlayReady Header Object: what a PlayReady client needs to ask for a key.

Microsoft, "PlayReady Header Specification". A header without CHECKSUM, which is optional: it would be the KID
encrypted under the content key, and a text that is published should not depend on that key.
"""

import base64
import struct
from uuid import UUID

NAMESPACE = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader"
RIGHTS_MANAGEMENT_HEADER = 1
HEADERS = {
    "cenc": (
        "4.0.0.0",
        "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{kid}</KID>",
    ),
    "cbcs": ("4.3.0.0", '<PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="{kid}"></KID></KIDS></PROTECTINFO>'),
}
"""By scheme, the oldest version that knows it: 4.0 is read by all clients, AES-CBC came with 4.3."""


def header_object(kid: bytes, scheme_type: str) -> bytes:
    """With one record, the header of this key. Numbers are little-endian, and so are the parts of the KID."""
    version, data = HEADERS[scheme_type]
    guid = base64.b64encode(UUID(bytes=kid).bytes_le).decode()
    text = (
        f'<WRMHEADER xmlns="{NAMESPACE}" version="{version}"><DATA>{data.format(kid=guid)}</DATA></WRMHEADER>'
    )
    record = text.encode("utf-16le")
    records = struct.pack("<HHH", 1, RIGHTS_MANAGEMENT_HEADER, len(record)) + record
    return struct.pack("<I", len(records) + 4) + records
