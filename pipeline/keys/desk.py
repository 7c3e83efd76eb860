"""Who gets which content key: a token, and the ids that were asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pipeline.catalog.catalog import Catalog
from pipeline.keys.keyring import Keyring
from pipeline.keys.secret import Secret
from pipeline.keys.tokens import Claims

Refusal = Literal["unknown_key", "class_not_allowed"]


@dataclass(frozen=True)
class Licence:
    """The keys that were granted, by id, and why the others were not."""

    keys: dict[bytes, Secret] = field(default_factory=dict, repr=False)
    refused: dict[bytes, Refusal] = field(default_factory=dict)


class Desk:
    """Grants what a token allows, and nothing of another title, whose ids it says it does not know."""

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._keys = catalog.keys
        self._keyring = keyring

    def knows(self, title: str) -> bool:
        """Whether anything of a title is encrypted."""
        return bool(self._keys.of_title(title))

    def licence(self, claims: Claims, kids: Iterable[bytes]) -> Licence:
        """A key that several classes share is granted with any of them."""
        asked = list(dict.fromkeys(kids))
        owned = [one for one in self._keys.by_id(kid.hex() for kid in asked) if one.title == claims.title]
        licence = Licence()
        for kid in asked:
            found = [one for one in owned if one.kid == kid.hex()]
            allowed = [one for one in found if one.key_class in claims.classes]
            if allowed:
                licence.keys[kid] = self._keyring.open(allowed[0])
            else:
                licence.refused[kid] = "class_not_allowed" if found else "unknown_key"
        return licence
