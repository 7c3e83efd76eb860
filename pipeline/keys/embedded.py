"""The keys of a site that has no key service: random ones."""

import secrets
from collections.abc import Sequence

from pipeline.keys.classes import KeyClass
from pipeline.keys.provider import KeptKeys
from pipeline.keys.record import KEY_BYTES, ContentKeyRecord
from pipeline.keys.secret import Secret


class EmbeddedKeys(KeptKeys):
    """Made where they are asked for first."""

    def _obtain(self, owner: str, title: str, classes: Sequence[KeyClass]) -> list[ContentKeyRecord]:  # noqa: ARG002  whoever asks
        return [
            ContentKeyRecord(
                kid=secrets.token_bytes(KEY_BYTES),
                title=title,
                key_class=one,
                key=Secret(secrets.token_bytes(KEY_BYTES)),
            )
            for one in classes
        ]
