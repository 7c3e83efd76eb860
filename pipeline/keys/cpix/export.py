"""The keys of a title as a document, for other packagers and key services."""

import base64
from collections.abc import Sequence

from pipeline.keys.cpix.document import Element, add, new_document, written
from pipeline.keys.cpix.usage import use
from pipeline.keys.record import ContentKeyRecord


def exported(title: str, records: Sequence[ContentKeyRecord]) -> bytes:
    """A document with the keys of a title, in the clear."""
    root = new_document(title)
    keys = add(root, "cpix:ContentKeyList")
    for record in {record.kid: record for record in records}.values():
        iv = {"explicitIV": base64.b64encode(record.iv).decode()} if record.iv else {}
        key = add(keys, "cpix:ContentKey", kid=str(record.uuid), **iv)
        secret = add(add(key, "cpix:Data"), "pskc:Secret")
        add(secret, "pskc:PlainValue", base64.b64encode(record.key.reveal()).decode())
    _signal(root, records)
    use(root, dict.fromkeys((record.key_class, str(record.uuid)) for record in records))
    return written(root)


def _signal(root: Element, records: Sequence[ContentKeyRecord]) -> None:
    told = {(record.kid, one.system): (record, one) for record in records for one in record.signalling}
    systems = add(root, "cpix:DRMSystemList") if told else root
    for record, one in told.values():
        system = add(systems, "cpix:DRMSystem", kid=str(record.uuid), systemId=one.system)
        for name, value in (("PSSH", one.pssh), ("ContentProtectionData", one.content_protection.encode())):
            if value:
                add(system, f"cpix:{name}", base64.b64encode(value).decode())
        if one.key_uri:
            add(system, "cpix:URIExtXKey", base64.b64encode(one.key_uri.encode()).decode())
        for playlist, lines in (("media", one.hls_media), ("master", one.hls_master)):
            if lines:
                encoded = base64.b64encode(lines.encode()).decode()
                add(system, "cpix:HLSSignalingData", encoded, playlist=playlist)
