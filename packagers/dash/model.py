"""The `mpegdash` node classes, with what they lack."""

from typing import Any
from xml.dom.minidom import Element

from mpegdash import nodes
from mpegdash.utils import write_attr_value, write_child_node, write_node_value

NAMESPACES = {
    "cenc": "urn:mpeg:cenc:2013",
    "mspr": "urn:microsoft:playready",
    "dashif": "https://dashif.org/CPS",
    "clearkey": "http://dashif.org/guidelines/clearKey",
}
"""Of what stands in a ContentProtection element, by prefix."""


class Mpd(nodes.MPEGDASH):  # type: ignore[misc]  # mpegdash has no types
    """With namespaces beside its own."""

    def __init__(self) -> None:
        super().__init__()
        self.namespaces: dict[str, str] = {}

    def write(self, xmlnode: Element) -> None:
        super().write(xmlnode)
        for prefix, name in self.namespaces.items():
            write_attr_value(xmlnode, f"xmlns:{prefix}", name)


class Text(nodes.XMLNode):  # type: ignore[misc]
    """An element that holds text, such as `cenc:pssh`; `tag` is its name."""

    def __init__(self) -> None:
        self.tag, self.text = "", ""
        self.licence_type: str | None = None

    def write(self, xmlnode: Element) -> None:
        write_attr_value(xmlnode, "Lic_type", self.licence_type)
        write_node_value(xmlnode, self.text)


class ContentProtection(nodes.ContentProtection):  # type: ignore[misc]
    """With children of any system."""

    def __init__(self) -> None:
        super().__init__()
        self.children: list[Text] = []

    def write(self, xmlnode: Element) -> None:
        super().write(xmlnode)
        for child in self.children:
            write_child_node(xmlnode, child.tag, child)


class AdaptationSet(nodes.AdaptationSet):  # type: ignore[misc]
    """With `Label` elements, which mpegdash knows only as the attribute of an early draft."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[Any] | None = None

    def write(self, xmlnode: Element) -> None:
        super().write(xmlnode)
        # The schema has them before Accessibility and Role, which begin what is the set's own.
        own = next((n for n in xmlnode.childNodes if n.nodeName in ("Accessibility", "Role")), None)
        for label in self.labels or ():
            write_child_node(xmlnode, "Label", label)
            xmlnode.insertBefore(xmlnode.childNodes[-1], own)


def node(kind: type[Any], **attributes: object) -> Any:
    """A node of `kind` with `attributes`; mpegdash's constructors take none.

    Raises AttributeError for a name the node does not have, which would otherwise silently not be written.
    """
    made = kind()
    for name, value in attributes.items():
        if not hasattr(made, name):
            raise AttributeError(f"{kind.__name__} has no {name}")
        setattr(made, name, value)
    return made
