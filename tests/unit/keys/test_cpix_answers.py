"""Which answers of a key service are taken, in the clear and encrypted, and which are not."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from pipeline.errors import KeysError, UsageError
from pipeline.keys.cpix.delivery import Recipient
from pipeline.keys.cpix.provider import CpixKeys
from pipeline.keys.cpix.service import KeyService as Client
from pipeline.keys.opening import KeyStore
from tests.unit.keys.authority import certified
from tests.unit.keys.key_service import NAMES, KeyService, Node, key_of
from tests.unit.keys.spelling import spellings, told

KIDS = {"audio": "00000000-0000-4000-8000-000000000001", "hd": "00000000-0000-4000-8000-00000000000a"}


def at(path: str) -> Callable[[Node], list[Node]]:
    return lambda document: document.findall(path, NAMES)


keys_of, secrets_of, values_of = (
    at("cpix:ContentKeyList/cpix:ContentKey" + rest)
    for rest in ("", "/cpix:Data/pskc:Secret", "/cpix:Data/pskc:Secret/*")
)


def drop(document: Node, path: str) -> None:
    for element in at(path)(document):
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)


def put(element: Node, text: str) -> None:
    element.text = text


MANGLED: dict[str, Callable[[Node], None]] = {
    "another title": lambda root: root.set("contentId", "sequel"),
    "no key for the class hd": lambda root: keys_of(root)[0].set("kid", KIDS["audio"]),
    "ContentKey has no UUID": lambda root: keys_of(root)[0].set("kid", "x"),
    "explicit IV is not base64": lambda root: keys_of(root)[0].set("explicitIV", "%"),
    "a constant IV has 16 bytes": lambda root: keys_of(root)[0].set("explicitIV", "AAAA"),
    "another scheme than cbcs": lambda root: keys_of(root)[0].set("commonEncryptionScheme", "cenc"),
    "id without the key": lambda root: drop(root, "cpix:ContentKeyList/cpix:ContentKey/cpix:Data"),
    "XML that is not CPIX": lambda root: put_tag(root),
    "PSSH is not base64": lambda root: put(at(".//cpix:PSSH")(root)[0], "%%"),
    "signalling that is not text": lambda root: put(at(".//cpix:URIExtXKey")(root)[0], "gICA"),
}


def put_tag(root: Node) -> None:
    root.tag = "{urn:other}CPIX"


@pytest.mark.parametrize("words", MANGLED)
def test_answers_that_are_not_taken(words: str, provider: CpixKeys, service: KeyService) -> None:
    service.change = MANGLED[words]
    with pytest.raises(KeysError, match=words):
        provider.keys("job-1", "film", ["hd"])


def lengthen(root: Node) -> None:
    value = at(".//pskc:PlainValue")(root)[0]
    value.text = base64.b64encode(b"KEYBYTES" * 3).decode()


def test_a_key_that_is_too_long_is_not_quoted(store: KeyStore, service: KeyService) -> None:
    service.change = lengthen
    with pytest.raises(KeysError, match="gave a key of 24 bytes instead of 16") as caught:
        CpixKeys(store.vault, Client(service.url), "cbcs").keys("job-1", "film", ["hd"])
    assert not [word for word in spellings(b"KEYBYTES" * 3) if word.decode("latin-1") in told(caught.value)]


def flip(element: Node) -> None:
    value = bytearray(base64.b64decode(str(element.text)))
    value[3] ^= 1
    element.text = base64.b64encode(value).decode()


CIPHER = "enc:CipherData/enc:CipherValue"
DELIVERY = "cpix:DeliveryDataList/cpix:DeliveryData"
VALUE = "cpix:ContentKeyList/cpix:ContentKey/cpix:Data/pskc:Secret/pskc:EncryptedValue"

TAMPERED: dict[str, Callable[[Node], None]] = {
    "its MAC does not fit": lambda root: flip(at(f"{VALUE}/{CIPHER}")(root)[0]),
    "MAC does not": lambda root: flip(at(f"{VALUE}/../pskc:ValueMAC")(root)[0]),
    "changed on its way": lambda root: drop(root, f"{VALUE}/../pskc:ValueMAC"),
    "document key was not encrypted for our certificate": lambda root: flip(
        at(f"{DELIVERY}/cpix:DocumentKey/cpix:Data/pskc:Secret/pskc:EncryptedValue/{CIPHER}")(root)[0]
    ),
    "MAC key was not encrypted for our certificate": lambda root: flip(
        at(f"{DELIVERY}/cpix:MACMethod/pskc:MACKey/{CIPHER}")(root)[0]
    ),
    "does not authenticate its keys": lambda root: drop(root, f"{DELIVERY}/cpix:MACMethod"),
    "encrypted nothing for our certificate": lambda root: flip(
        at(f"{DELIVERY}/cpix:DeliveryKey/ds:X509Data/ds:X509Certificate")(root)[0]
    ),
    "content key is not encrypted, though it was asked to be": lambda root: drop(root, VALUE),
    "content key is not encrypted by": lambda root: at(f"{VALUE}/enc:EncryptionMethod")(root)[0].set(
        "Algorithm", NAMES["enc"] + "aes128-cbc"
    ),
}


@pytest.mark.parametrize("words", TAMPERED)
def test_encrypted_keys_that_are_not_taken(
    words: str, store: KeyStore, service: KeyService, recipient_file: Path
) -> None:
    service.change = TAMPERED[words]
    client = Client.at(service.url, {"TELECINE_CPIX_CERTIFICATE": str(recipient_file)})
    with pytest.raises(KeysError, match=words) as caught:
        CpixKeys(store.vault, client, "cbcs").keys("job-1", "film", ["hd"])
    kid = str(keys_of(service.requests[0][1])[0].get("kid"))
    assert not [word for word in spellings(key_of(kid)) if word.decode("latin-1") in told(caught.value)]


def test_encrypted_keys_without_a_certificate(store: KeyStore, service: KeyService) -> None:
    def encrypt(root: Node) -> None:
        etree.SubElement(secrets_of(root)[0], f"{{{NAMES['pskc']}}}EncryptedValue")

    service.change = encrypt
    with pytest.raises(KeysError, match="name the certificate in TELECINE_CPIX_CERTIFICATE"):
        CpixKeys(store.vault, Client(service.url), "cbcs").keys("job-1", "film", ["hd"])


def test_certificates_that_cannot_be_used(tmp_path: Path, recipient_file: Path) -> None:
    path = tmp_path / "pair.pem"
    with pytest.raises(UsageError, match=r"pair.pem: no such file"):
        Recipient.read(path)
    path.touch(0o600)
    texts = recipient_file.read_bytes(), certified("other").pem
    halves = [text.partition(b"-----BEGIN CERTIFICATE") for text in texts]
    for text in (b"", halves[0][0], halves[0][0] + halves[1][1] + halves[1][2]):
        path.write_bytes(text)
        with pytest.raises(UsageError, match="has not, in PEM, a certificate and the RSA key to it"):
            Recipient.read(path)
    path.write_bytes(certified("weak", bits=1024).pem)
    with pytest.raises(UsageError, match="less than 2048 bits"):
        Recipient.read(path)
