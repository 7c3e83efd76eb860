"""Rules about keys, and about what says how they are got."""

from collections.abc import Iterator

from packagers.presentation import Group, Presentation
from packagers.protection import IDENTITY, Protection
from packagers.rules.model import Rule


def _protected(presentation: Presentation) -> list[tuple[Group, Protection]]:
    return [(group, group.protection) for group in presentation.groups if group.protection]


def _two_ways_to_a_key(presentation: Presentation) -> Iterator[str]:
    stated: dict[bytes, tuple[Group, Protection]] = {}
    for group, protection in _protected(presentation):
        first, other = stated.setdefault(protection.kid, (group, protection))
        if other != protection:
            yield f"{group.tracks[0].path} and {first.tracks[0].path} share {protection.kid.hex()} alone"


def _sound_with_the_key_of_pictures(presentation: Presentation) -> Iterator[str]:
    pictures = {p.kid: g for g, p in _protected(presentation) if g.kind == "video"}
    for group, protection in _protected(presentation):
        if group.kind == "audio" and protection.kid in pictures:
            yield f"{group.tracks[0].path} has that of {pictures[protection.kid].tracks[0].path}"


def _not_for_apple(presentation: Presentation) -> Iterator[str]:
    if any(protection.scheme == "cenc" for _, protection in _protected(presentation)):
        yield "cenc plays on none of their devices"


def _identity_beside_systems(presentation: Presentation) -> Iterator[str]:
    for group, protection in _protected(presentation):
        formats = [line.format for line in protection.key_lines]
        if protection.scheme == "cbcs" and IDENTITY in formats and len(formats) > 1:
            yield f"{group.tracks[0].path} has both"


RULES = (
    Rule(
        id="one-key-a-kid",
        clause="DASH-IF IOP part 6",
        level="must",
        message="whatever has the same key id states the same protection",
        fix="Give each key an id of its own",
        breaches=_two_ways_to_a_key,
    ),
    Rule(
        id="key-of-sound",
        clause="DASH-IF IOP part 6",
        level="should",
        message="sound has another key than pictures, for devices may hold it less safely",
        fix="Give sound a key of its own",
        breaches=_sound_with_the_key_of_pictures,
    ),
    Rule(
        # A MUST there. But who asks for cenc asks for other devices.
        id="apple-scheme",
        clause="HLS authoring 13.2, 13.11",
        level="should",
        message="what is encrypted plays on Apple's devices",
        fix="Package with cbcs",
        breaches=_not_for_apple,
    ),
    Rule(
        id="identity-alone",
        clause="HLS authoring 13",
        level="should",
        message="a plain key server is not offered beside DRM systems",
        fix="Leave out the one or the others",
        breaches=_identity_beside_systems,
    ),
)
