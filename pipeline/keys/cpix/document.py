"""CPIX documents as XML: names, and a parser that trusts nobody."""

import base64
import binascii
from uuid import UUID

from lxml import etree

from pipeline.errors import KeysError

CPIX = "urn:dashif:org:cpix"
PSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
DS = "http://www.w3.org/2000/09/xmldsig#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
NAMES = {"cpix": CPIX, "pskc": PSKC, "ds": DS, "enc": ENC}

Element = etree._Element


def new_document(content_id: str) -> Element:
    root = etree.Element(f"{{{CPIX}}}CPIX", nsmap=NAMES)
    root.set("contentId", content_id)
    root.set("version", "2.3")
    return root


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """A new last child; `name` has the prefix of its namespace, as in `cpix:PSSH`."""
    prefix, _, local = name.partition(":")
    child = etree.SubElement(parent, f"{{{NAMES[prefix]}}}{local}", attributes)
    child.text = text or None
    return child


def written(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def parsed(body: bytes) -> Element:
    """The root of a CPIX document. Raises KeysError, which quotes nothing of it. Neither a document type,
    which could define entities, nor a reference to another file is followed."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = _root(body, parser)
    if root is None:
        raise KeysError("the key service answered with something that is not XML")
    if root.getroottree().docinfo.internalDTD is not None:
        raise KeysError("the key service answered with a document type, which CPIX has none of")
    if root.tag != f"{{{CPIX}}}CPIX":
        raise KeysError("the key service answered with XML that is not CPIX")
    return root


def _root(body: bytes, parser: etree.XMLParser) -> Element | None:
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None


def child(parent: Element, path: str) -> Element | None:
    """The first at a path of prefixed names."""
    return parent.find(path, NAMES)


def children(parent: Element, path: str) -> list[Element]:
    return parent.findall(path, NAMES)


def binary(element: Element | None) -> bytes:
    """What an element holds in base64; nothing where there is none. Raises KeysError for anything else."""
    return decoded(element.text or "", etree.QName(element).localname) if element is not None else b""


def decoded(text: str, what: str) -> bytes:
    """Base64, which XML may break into lines. Raises KeysError for anything else."""
    value = _decoded("".join(text.split()))
    if value is None:
        raise KeysError(f"the key service's {what} is not base64")
    return value


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def kid_of(element: Element) -> bytes:
    """The id that a `kid` attribute holds. Raises KeysError where it is no UUID."""
    text = element.get("kid", "")
    try:
        return UUID(text).bytes
    except ValueError:
        raise KeysError(
            f"the key service's {etree.QName(element).localname} has no UUID for its key"
        ) from None
