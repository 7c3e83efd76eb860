"""Content keys that a key service encrypted for us (CPIX 2.3, section "Key encryption").

A document key (AES-256-CBC) encrypts the content keys, and a MAC key (HMAC-SHA-512) authenticates them; both
are encrypted for the RSA key of a certificate (OAEP), which the request named.
"""

import hashlib
import hmac
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pipeline.errors import KeysError, UsageError
from pipeline.keys.cpix.document import ENC, Element, binary, child, children
from pipeline.keys.private import read_private
from pipeline.keys.secret import Secret

OAEP = f"{ENC}rsa-oaep-mgf1p"
AES = f"{ENC}aes256-cbc"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"

BLOCK = 16
AES_BYTES = 32
SMALLEST_RSA = 2048


class Recipient:
    """A certificate, whose DER bytes `certificate` are, and the private key to it."""

    def __init__(self, certificate: bytes, key: rsa.RSAPrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    @classmethod
    def read(cls, path: Path) -> "Recipient":
        """From a PEM file of mode 0600 with both. Raises UsageError, which quotes nothing of it."""
        try:
            text = read_private(path, "the certificate and its key")
        except FileNotFoundError:
            raise UsageError(f"{path}: no such file") from None
        pair = _pair(text)
        if pair is None or pair[0].public_key() != pair[1].public_key():
            raise UsageError(
                f"{path} has not, in PEM, a certificate and the RSA key to it without a password"
            )
        if pair[1].key_size < SMALLEST_RSA:
            raise UsageError(f"{path}: an RSA key of less than {SMALLEST_RSA} bits protects nothing")
        return cls(pair[0].public_bytes(serialization.Encoding.DER), pair[1])

    def unwrap(self, encrypted: Element | None, what: str) -> Secret:
        """A key that was encrypted for this certificate. Raises KeysError where it was not."""
        ciphertext = _ciphertext(encrypted, OAEP, what)
        # XML Encryption 1.0, 5.4.2: SHA-1 in both places, which is no weakness here.
        digest = hashes.SHA1()  # noqa: S303
        scheme = padding.OAEP(padding.MGF1(digest), digest, None)
        try:
            return Secret(self._key.decrypt(ciphertext, scheme))
        except ValueError:
            raise KeysError(f"the key service's {what} was not encrypted for our certificate") from None


class Delivery:
    """The keys under which a document's content keys are. Raises KeysError where they are not for us."""

    def __init__(self, root: Element, recipient: Recipient) -> None:
        data = _ours(root, recipient)
        encrypted = child(data, "cpix:DocumentKey/cpix:Data/pskc:Secret/pskc:EncryptedValue")
        self._document_key = recipient.unwrap(encrypted, "document key")
        method = child(data, "cpix:MACMethod")
        if method is None or method.get("Algorithm") != HMAC:
            raise KeysError(f"the key service does not authenticate its keys by {HMAC}")
        self._mac_key = recipient.unwrap(child(method, "pskc:MACKey"), "MAC key")
        if len(self._document_key) != AES_BYTES:
            raise KeysError(f"the key service's document key has not the {AES_BYTES} bytes of {AES}")

    def open(self, secret: Element) -> bytes:
        """A content key, from its `Secret`. Raises KeysError where it was changed on its way."""
        ciphertext = _ciphertext(child(secret, "pskc:EncryptedValue"), AES, "content key")
        mac = hmac.digest(self._mac_key.reveal(), ciphertext, hashlib.sha512)
        if not hmac.compare_digest(mac, binary(child(secret, "pskc:ValueMAC"))):
            raise KeysError("a content key of the key service was changed on its way: its MAC does not fit")
        if len(ciphertext) < 2 * BLOCK or len(ciphertext) % BLOCK:
            raise KeysError("a content key of the key service is cut off")
        cipher = Cipher(
            algorithms.AES(self._document_key.reveal()), modes.CBC(ciphertext[:BLOCK])
        ).decryptor()
        padded = cipher.update(ciphertext[BLOCK:]) + cipher.finalize()
        # XML Encryption 1.0, 5.2: only the last byte of the padding means something.
        if not 1 <= padded[-1] <= BLOCK:
            raise KeysError("a content key of the key service is padded wrongly")
        return padded[: -padded[-1]]


def _pair(text: bytes) -> tuple[x509.Certificate, rsa.RSAPrivateKey] | None:
    try:
        key = serialization.load_pem_private_key(text, password=None)
        certificate = x509.load_pem_x509_certificate(text)
    except (ValueError, TypeError):
        return None
    return (certificate, key) if isinstance(key, rsa.RSAPrivateKey) else None


def _ours(root: Element, recipient: Recipient) -> Element:
    for data in children(root, "cpix:DeliveryDataList/cpix:DeliveryData"):
        certificate = child(data, "cpix:DeliveryKey/ds:X509Data/ds:X509Certificate")
        if binary(certificate) == recipient.certificate:
            return data
    raise KeysError("the key service encrypted nothing for our certificate")


def _ciphertext(encrypted: Element | None, algorithm: str, what: str) -> bytes:
    if encrypted is None:
        raise KeysError(f"the key service's {what} is not encrypted, though it was asked to be")
    method = child(encrypted, "enc:EncryptionMethod")
    if method is None or method.get("Algorithm") != algorithm:
        raise KeysError(f"the key service's {what} is not encrypted by {algorithm}")
    return binary(child(encrypted, "enc:CipherData/enc:CipherValue"))
