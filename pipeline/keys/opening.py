"""All about keys of one catalog, opened together."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.catalog import Catalog
from pipeline.keys.api import ApiKeys
from pipeline.keys.desk import Desk
from pipeline.keys.keyring import Keyring
from pipeline.keys.links import Links
from pipeline.keys.master import MasterKeys
from pipeline.keys.signing import SigningKeys
from pipeline.keys.tokens import Tokens
from pipeline.keys.vault import Vault


@dataclass(frozen=True)
class KeyStore:
    """Nothing is read or made before it is needed."""

    keyring: Keyring
    vault: Vault
    signing: SigningKeys
    desk: Desk
    tokens: Tokens
    links: Links
    api_keys: ApiKeys


def open_keys(catalog: Catalog, root: Path) -> KeyStore:
    """`root` is the storage root, which has the file of master keys. Raises UsageError where
    settings in the environment are wrong."""
    keyring = Keyring(catalog, MasterKeys(root))
    signing = SigningKeys(catalog, keyring)
    return KeyStore(
        keyring=keyring,
        vault=Vault(catalog, keyring),
        signing=signing,
        desk=Desk(catalog, keyring),
        tokens=Tokens.of(signing),
        links=Links(catalog, signing),
        api_keys=ApiKeys(catalog),
    )
