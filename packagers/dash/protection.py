"""ContentProtection: which key encrypts an adaptation set, and how each DRM system gets it.

All of it stands on the adaptation set, whose tracks have one key (DASH-IF IOP part 6).
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from packagers.dash.model import ContentProtection, Text, node
from packagers.presentation import PresentationError
from packagers.protection import Descriptor, Protection

MP4 = "urn:mpeg:dash:mp4protection:2011"
LICENCE_TAGS = ("dashif:Laurl", "clearkey:Laurl")
"""DASH-IF's own, and the one before it."""


def content_protections(protection: Protection) -> list[Any]:
    """Raises PresentationError for `aes-128`, which an MPD cannot state."""
    if protection.scheme == "aes-128":
        raise PresentationError("aes-128 is for HLS alone")
    scheme = node(
        ContentProtection,
        scheme_id_uri=MP4,
        value=protection.scheme,
        cenc_default_kid=str(UUID(bytes=protection.kid)),
    )
    return [scheme, *map(_system, protection.descriptors)]


def _system(descriptor: Descriptor) -> Any:
    return node(
        ContentProtection,
        scheme_id_uri=f"urn:uuid:{descriptor.uuid}",
        value=descriptor.value,
        children=list(_children(descriptor)),
    )


def _children(descriptor: Descriptor) -> Iterator[Text]:
    if descriptor.pssh:
        yield node(Text, tag="cenc:pssh", text=b64encode(descriptor.pssh).decode())
    if descriptor.playready:
        yield node(Text, tag="mspr:pro", text=b64encode(descriptor.playready).decode())
    if descriptor.licence_url:
        for tag in LICENCE_TAGS:
            yield node(Text, tag=tag, text=descriptor.licence_url, licence_type="EME-1.0")
