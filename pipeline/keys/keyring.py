"""Sealing and opening, with the master keys at hand that the catalog asks for."""

from collections.abc import Callable

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.keys import Sealed
from pipeline.errors import KeysError, UsageError
from pipeline.keys.master import VARIABLE, MasterKey, MasterKeys
from pipeline.keys.secret import Secret

TRIES = 5
"""Of sealing something while others change the master key."""


class Keyring:
    """Safe from threads; a master key that others changed meanwhile is noticed."""

    def __init__(self, catalog: Catalog, masters: MasterKeys) -> None:
        self._catalog = catalog
        self._masters = masters
        self._known: dict[str, MasterKey] = {}

    def open(self, sealed: Sealed) -> Secret:
        """Raises KeysError where its master key is not here."""
        return self._master(sealed.master).open(sealed.sealed, sealed.context)

    def store(self, seal: Callable[[MasterKey], bool]) -> None:
        """Have `seal` seal under the current master key and record it; again where the catalog refused,
        since that had just been changed. Raises KeysError where the key is not here."""
        for _ in range(TRIES):
            if seal(self._current()):
                return
        raise KeysError("the master key is being changed all the time")

    def rotate(self) -> int:
        """Seal all under a new master key and throw the old one away; how many keys that were.

        Until all is sealed under the new one, which happens all at once, both are kept: stopped at any
        moment, nothing is lost, and the same call goes on. Where the keys are in the environment, the new one
        is the last there, and taking the others away is for whoever put them there. Raises UsageError where
        there is none to change to.
        """
        with self._masters.changing():
            newest = self._newest(self._current())
            changed = self._catalog.keys.reseal(
                newest.id, lambda old: newest.seal(self.open(old), old.context)
            )
            if not self._masters.in_environment:
                self._masters.write(newest)
        return changed

    def _newest(self, current: MasterKey) -> MasterKey:
        """The one to change to: made now, unless an earlier change was stopped after it had been."""
        keys = self._masters.read()
        if len(keys) > 1:
            return keys[-1]
        if self._masters.in_environment:
            raise UsageError(f"{VARIABLE} has one key: put the new one behind it, separated by a space")
        made = MasterKey.make()
        self._masters.write(current, made)
        return made

    def _current(self) -> MasterKey:
        wanted = self._catalog.keys.master()
        if wanted is None:
            # The oldest: a newer one beside it is for a change that has not begun.
            first = (self._masters.read() or self._masters.create())[0]
            wanted = self._catalog.keys.adopt(first.id)
        return self._master(wanted)

    def _master(self, wanted: str) -> MasterKey:
        if wanted not in self._known:
            self._known = {key.id: key for key in self._masters.read()}
        if wanted not in self._known:
            raise KeysError(
                f"the master key {wanted} is not in {self._masters.place}: bring it there from where this "
                "catalog's keys were made, or from a backup"
            )
        return self._known[wanted]
