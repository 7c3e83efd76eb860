"""The content keys of the catalog, opened."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.keys import SealedKey
from pipeline.codec import from_json, to_json
from pipeline.errors import KeysError
from pipeline.keys.classes import KeyClass
from pipeline.keys.keyring import Keyring
from pipeline.keys.master import MasterKey
from pipeline.keys.record import ContentKeyRecord, Public
from pipeline.keys.secret import Secret


class Vault:
    """What was put in once is given out by owner, title or id; only sealed does it touch the catalog."""

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._keys = catalog.keys
        self._keyring = keyring

    def of_owner(self, owner: str) -> dict[KeyClass, ContentKeyRecord]:
        return {record.key_class: record for record in map(self.open, self._keys.of_owner(owner))}

    def of_title(self, title: str) -> list[ContentKeyRecord]:
        """All that ever encrypted something of a title, the newest last."""
        return list(map(self.open, self._keys.of_title(title)))

    def find(self, kid: bytes) -> Secret:
        """The key of that id. Raises KeysError where there is none."""
        found = self._keys.by_id([kid.hex()])
        if not found:
            raise KeysError(f"there is no key with the id {kid.hex()}")
        return self._keyring.open(found[0])

    def put(self, owner: str, records: Sequence[ContentKeyRecord]) -> None:
        """Keep keys, except where the owner has one of that class. Raises KeysError where the id of one is
        known for that of another key: two keys of one id cannot be told apart."""
        self._check(records)
        self._keyring.store(lambda master: self._keys.add([_sealed(master, owner, one) for one in records]))

    def _check(self, records: Iterable[ContentKeyRecord]) -> None:
        known: dict[str, Secret] = {}
        for record in records:
            if known.setdefault(record.kid.hex(), record.key) != record.key:
                raise KeysError(f"the id {record.kid.hex()} was given for two keys")
        for sealed in self._keys.by_id(known):
            if self._keyring.open(sealed) != known[sealed.kid]:
                raise KeysError(f"the id {sealed.kid} is that of another key of the title {sealed.title}")

    def open(self, sealed: SealedKey) -> ContentKeyRecord:
        public = from_json(sealed.signalling, Public)
        return ContentKeyRecord(
            kid=bytes.fromhex(sealed.kid),
            title=sealed.title,
            key_class=cast("KeyClass", sealed.key_class),
            key=self._keyring.open(sealed),
            signalling=public.signalling,
            iv=public.iv,
        )


def _sealed(master: MasterKey, owner: str, record: ContentKeyRecord) -> SealedKey:
    draft = SealedKey(
        owner=owner,
        key_class=record.key_class,
        kid=record.kid.hex(),
        title=record.title,
        master=master.id,
        sealed=b"",
        signalling=to_json(Public(record.signalling, record.iv)),
    )
    return replace(draft, sealed=master.seal(record.key, draft.context))
