"""Content keys of a key service."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from pipeline.keys.classes import KeyClass
from pipeline.keys.cpix.request import Scheme, request
from pipeline.keys.cpix.response import answered
from pipeline.keys.cpix.service import KeyService
from pipeline.keys.provider import KeptKeys
from pipeline.keys.record import ContentKeyRecord
from pipeline.keys.vault import Vault


class CpixKeys(KeptKeys):
    """Asked for once, then kept: neither packaging nor verification needs a second exchange.

    The ids follow from the owner and the class, so that a job that lost the answer asks for the same keys.
    """

    def __init__(self, vault: Vault, service: KeyService, scheme: Scheme) -> None:
        super().__init__(vault)
        self._service = service
        self._scheme = scheme

    def _obtain(self, owner: str, title: str, classes: Sequence[KeyClass]) -> list[ContentKeyRecord]:
        kids = {one: str(uuid5(NAMESPACE_URL, f"telecine:{title}/{owner}/{one}")) for one in classes}
        recipient = self._service.recipient
        body = self._service.ask(request(title, kids, self._scheme, recipient))
        return answered(body, title, kids, self._scheme, recipient)
