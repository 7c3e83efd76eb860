"""The `mpegdash` node classes, with what they lack."""

from typing import Any
from xml.dom.minidom import Element

from mpegdash import nodes
from mpegdash.utils import write_child_node


class AdaptationSet(nodes.AdaptationSet):  # type: ignore[misc]  # mpegdash has no types
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
