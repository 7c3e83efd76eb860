"""A key service written to SPEKE 2.0 and CPIX 2.3, over real TLS with an authority of its own.

It shares no code with what is tested.
"""

import base64
import hashlib
import hmac
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from tests.unit.keys.authority import certified

NAMES = {
    "cpix": "urn:dashif:org:cpix",
    "pskc": "urn:ietf:params:xml:ns:keyprov:pskc",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "enc": "http://www.w3.org/2001/04/xmlenc#",
}
Node = etree._Element
Change = Callable[[Node], None]


def key_of(kid: str) -> bytes:
    """The service's key of that id: always the same."""
    return hashlib.sha256(b"secret of the service" + UUID(kid).bytes).digest()[:16]


@dataclass
class KeyService:
    """`manners` are what it does to the requests to come, in order, and answers after them; `change` is done
    to each answer before it is sent."""

    port: int
    authority: Path
    manners: list[str] = field(default_factory=list)
    requests: list[tuple[dict[str, str], Node]] = field(default_factory=list)
    change: Change = lambda _: None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/speke?token=hunter2"


class Handler(BaseHTTPRequestHandler):
    service: KeyService

    def do_POST(self) -> None:
        document = etree.fromstring(self.rfile.read(int(self.headers["content-length"])))
        self.service.requests.append(
            ({name.lower(): value for name, value in self.headers.items()}, document)
        )
        manner = self.service.manners.pop(0) if self.service.manners else "answer"
        with suppress(ConnectionError, ssl.SSLError):
            getattr(self, manner)(document)

    def answer(self, document: Node) -> None:
        fill_in(document)
        self.service.change(document)
        self.send(200, etree.tostring(document))

    def refuse(self, document: Node) -> None:
        self.send(422, b"Missing " + etree.tostring(document))

    def fail(self, document: Node) -> None:
        self.send(500, etree.tostring(document))

    def busy(self, _: Node) -> None:
        self.send(503, b"")

    def redirect(self, _: Node) -> None:
        self.send(307, b"", location="https://127.0.0.1:1/")

    def hang_up(self, _: Node) -> None:
        self.close_connection = True

    def flood(self, _: Node) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Speke-Version: 2.0\r\n\r\n")
        while not self.service.over.is_set():
            self.wfile.write(b" " * 65_536)

    def old(self, document: Node) -> None:
        self.send(200, etree.tostring(document), version="1.0")

    def bomb(self, _: Node) -> None:
        self.send(200, b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>')

    def babble(self, _: Node) -> None:
        self.send(200, b"<CPIX>" + b"A" * 40)

    def send(self, status: int, body: bytes, version: str = "2.0", **fields: str) -> None:
        self.send_response(status)
        named = {"content-type": "application/xml", "x-speke-version": version, **fields}
        for name, value in named.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its signature
        """Nothing: tests look at what was received."""


def fill_in(document: Node) -> None:
    """Answer a request in its own document: keys, encrypted if there is a recipient, and signalling."""
    delivery = document.find("cpix:DeliveryDataList/cpix:DeliveryData", NAMES)
    put = _encrypting(delivery) if delivery is not None else _plain
    for key in document.iterfind("cpix:ContentKeyList/cpix:ContentKey", NAMES):
        put(_new(_new(key, "cpix:Data"), "pskc:Secret"), key_of(str(key.get("kid"))))
        key.set("explicitIV", base64.b64encode(key_of(str(key.get("kid")))[::-1]).decode())
    for system in document.iterfind("cpix:DRMSystemList/cpix:DRMSystem", NAMES):
        for asked in system:
            name = etree.QName(asked).localname
            told = f"{name}{asked.get('playlist', '')} of {system.get('systemId')}"
            asked.text = base64.b64encode(told.encode()).decode()


def _plain(secret: Node, key: bytes) -> None:
    _new(secret, "pskc:PlainValue", key)


def _encrypting(delivery: Node) -> Callable[[Node, bytes], None]:
    text = delivery.findtext("cpix:DeliveryKey/ds:X509Data/ds:X509Certificate", None, NAMES)
    recipient = x509.load_der_x509_certificate(base64.b64decode(str(text))).public_key()
    assert isinstance(recipient, rsa.RSAPublicKey)
    document_key, mac_key = secrets.token_bytes(32), secrets.token_bytes(64)

    def wrapped(key: bytes) -> bytes:
        return recipient.encrypt(key, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))

    oaep, aes = (NAMES["enc"] + name for name in ("rsa-oaep-mgf1p", "aes256-cbc"))
    holder = _new(delivery, "cpix:DocumentKey", Algorithm=aes)
    secret = _new(_new(holder, "cpix:Data"), "pskc:Secret")
    _encrypted(_new(secret, "pskc:EncryptedValue"), oaep, wrapped(document_key))
    method = _new(delivery, "cpix:MACMethod", Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha512")
    _encrypted(_new(method, "pskc:MACKey"), oaep, wrapped(mac_key))

    def put(secret: Node, key: bytes) -> None:
        iv = secrets.token_bytes(16)
        encryptor = Cipher(algorithms.AES(document_key), modes.CBC(iv)).encryptor()
        # XML Encryption 1.0, 5.2: of the padding, only the last byte is laid down.
        value = iv + encryptor.update(key + secrets.token_bytes(15) + b"\x10") + encryptor.finalize()
        _encrypted(_new(secret, "pskc:EncryptedValue"), aes, value)
        _new(secret, "pskc:ValueMAC", hmac.digest(mac_key, value, "sha512"))

    return put


def _encrypted(parent: Node, algorithm: str, value: bytes) -> None:
    _new(parent, "enc:EncryptionMethod", Algorithm=algorithm)
    _new(_new(parent, "enc:CipherData"), "enc:CipherValue", value)


def _new(parent: Node, name: str, value: bytes = b"", **attributes: str) -> Node:
    prefix, local = name.split(":")
    child = etree.SubElement(parent, f"{{{NAMES[prefix]}}}{local}", attributes)
    child.text = base64.b64encode(value).decode() or None
    return child


@contextmanager
def serving_keys(folder: Path) -> Iterator[KeyService]:
    authority = certified("Test authority")
    (folder / "authority.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(certified("127.0.0.1", authority).pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    service = KeyService(server.server_port, folder / "authority.pem")
    server.RequestHandlerClass = type("ItsHandler", (Handler,), {"service": service})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
