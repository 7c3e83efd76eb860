"""What a key service is asked: keys for these classes, and what manifests say of them."""

import base64
from collections.abc import Mapping
from typing import Literal

from pipeline.keys.classes import KeyClass
from pipeline.keys.cpix.delivery import Recipient
from pipeline.keys.cpix.document import Element, add, new_document, written
from pipeline.keys.cpix.systems import ASKED, SYSTEMS
from pipeline.keys.cpix.usage import use

Scheme = Literal["cbcs", "cenc", "cbc1"]


def request(
    title: str, kids: Mapping[KeyClass, str], scheme: Scheme, recipient: Recipient | None = None
) -> bytes:
    """A document that asks for a key for each class; `kids` are UUIDs. Keys are to be encrypted for the
    recipient, if there is one."""
    root = new_document(title)
    if recipient:
        _deliver_to(root, recipient)
    keys = add(root, "cpix:ContentKeyList")
    for kid in kids.values():
        add(keys, "cpix:ContentKey", kid=kid, commonEncryptionScheme=scheme)
    systems = add(root, "cpix:DRMSystemList")
    for kid in kids.values():
        for system in SYSTEMS:
            _ask(systems, kid, system)
    use(root, kids.items())
    return written(root)


def _deliver_to(root: Element, recipient: Recipient) -> None:
    data = add(add(root, "cpix:DeliveryDataList"), "cpix:DeliveryData", id="telecine")
    certificate = base64.b64encode(recipient.certificate).decode()
    add(add(add(data, "cpix:DeliveryKey"), "ds:X509Data"), "ds:X509Certificate", certificate)


def _ask(systems: Element, kid: str, system: str) -> None:
    """An empty element is what the service is to fill in."""
    asked = add(systems, "cpix:DRMSystem", kid=kid, systemId=system)
    for name in ASKED[system]:
        add(asked, f"cpix:{name}")
    for playlist in ("media", "master"):
        add(asked, "cpix:HLSSignalingData", playlist=playlist)
