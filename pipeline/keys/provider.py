"""Where content keys come from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from pipeline.errors import KeysError
from pipeline.keys.classes import KeyClass
from pipeline.keys.record import ContentKeyRecord
from pipeline.keys.secret import Secret
from pipeline.keys.vault import Vault


class KeyProvider(Protocol):
    """Gives content keys for the tracks of a title, and gives them again."""

    def keys(
        self, owner: str, title: str, classes: Sequence[KeyClass]
    ) -> Mapping[KeyClass, ContentKeyRecord]:
        """A key for each class; the same whenever the same owner, a job, asks. Raises KeysError where there
        is none, OutageError where whoever has it does not answer."""

    def find(self, kid: bytes) -> Secret:
        """The key of that id, if this provider gave it. Raises KeysError where there is none."""


class KeptKeys(ABC):
    """A provider that keeps what it gave in the vault, so that it is asked for once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def keys(
        self, owner: str, title: str, classes: Sequence[KeyClass]
    ) -> Mapping[KeyClass, ContentKeyRecord]:
        kept = self._vault.of_owner(owner)
        missing = [one for one in dict.fromkeys(classes) if one not in kept]
        if missing:
            self._vault.put(owner, self._obtain(owner, title, missing))
            # Another process may have been faster: what is kept counts.
            kept = self._vault.of_owner(owner)
        if any(kept[one].title != title for one in classes):
            raise KeysError(f"{owner} has keys of another title than {title}")
        return {one: kept[one] for one in classes}

    def find(self, kid: bytes) -> Secret:
        return self._vault.find(kid)

    @abstractmethod
    def _obtain(self, owner: str, title: str, classes: Sequence[KeyClass]) -> list[ContentKeyRecord]:
        """New keys, one a class."""
