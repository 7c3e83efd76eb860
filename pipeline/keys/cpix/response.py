"""What a key service answered."""

from collections.abc import Mapping
from uuid import UUID

from pipeline.errors import KeysError
from pipeline.keys.classes import KeyClass
from pipeline.keys.cpix.delivery import Delivery, Recipient
from pipeline.keys.cpix.document import Element, binary, child, children, decoded, kid_of, parsed
from pipeline.keys.cpix.request import Scheme
from pipeline.keys.record import KEY_BYTES, ContentKeyRecord, Signalling
from pipeline.keys.secret import Secret


def answered(
    body: bytes, title: str, kids: Mapping[KeyClass, str], scheme: Scheme, recipient: Recipient | None = None
) -> list[ContentKeyRecord]:
    """The keys that `request` asked for with the same arguments. What was not asked for is left out.

    Raises KeysError where one is missing, where they are for another scheme, and, with a recipient, where
    they came in the clear.
    """
    root = parsed(body)
    if root.get("contentId", title) != title:
        raise KeysError("the key service answered for another title")
    delivery = Delivery(root, recipient) if recipient else None
    keys = {kid_of(one): one for one in children(root, "cpix:ContentKeyList/cpix:ContentKey")}
    signalling = _signalling(root)
    records = []
    for key_class, text in kids.items():
        kid = UUID(text).bytes
        if kid not in keys:
            raise KeysError(f"the key service gave no key for the class {key_class}, id {text}")
        if keys[kid].get("commonEncryptionScheme", scheme) != scheme:
            raise KeysError(f"the key service gave a key for another scheme than {scheme}")
        key, iv = _key(keys[kid], delivery), decoded(keys[kid].get("explicitIV", ""), "explicit IV")
        records.append(ContentKeyRecord(kid, title, key_class, key, signalling.get(kid, ()), iv))
    return records


def _key(content_key: Element, delivery: Delivery | None) -> Secret:
    secret = child(content_key, "cpix:Data/pskc:Secret")
    if secret is None:
        raise KeysError("the key service gave a key's id without the key")
    if delivery:
        value = delivery.open(secret)
    elif child(secret, "pskc:EncryptedValue") is not None:
        raise KeysError(
            "the key service encrypted the keys: name the certificate in TELECINE_CPIX_CERTIFICATE"
        )
    else:
        value = binary(child(secret, "pskc:PlainValue"))
    if len(value) != KEY_BYTES:
        raise KeysError(f"the key service gave a key of {len(value)} bytes instead of {KEY_BYTES}")
    return Secret(value)


def _signalling(root: Element) -> dict[bytes, tuple[Signalling, ...]]:
    found: dict[bytes, tuple[Signalling, ...]] = {}
    for system in children(root, "cpix:DRMSystemList/cpix:DRMSystem"):
        kid = kid_of(system)
        found[kid] = (*found.get(kid, ()), _told(system))
    return found


def _told(system: Element) -> Signalling:
    # Without a playlist's name it is for the media playlists (CPIX 2.3, "HLSSignalingData").
    lines = {one.get("playlist", "media"): _text(one) for one in children(system, "cpix:HLSSignalingData")}
    return Signalling(
        system=system.get("systemId", "").lower(),
        pssh=binary(child(system, "cpix:PSSH")),
        content_protection=_text(child(system, "cpix:ContentProtectionData")),
        hls_media=lines.get("media", ""),
        hls_master=lines.get("master", ""),
        key_uri=_text(child(system, "cpix:URIExtXKey")),
    )


def _text(element: Element | None) -> str:
    value = binary(element)
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise KeysError("the key service gave signalling that is not text") from None
