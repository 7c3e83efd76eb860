"""How a key could be written by mistake."""

import base64
import traceback


def spellings(key: bytes) -> tuple[bytes, ...]:
    """Raw, in hex, as Python shows bytes, in base64 and base64url, without their last digit."""
    shown = repr(key)[2:-1].encode()
    base = [base64.b64encode(key), base64.urlsafe_b64encode(key)]
    return (
        key,
        key.hex().encode(),
        key.hex().upper().encode(),
        shown,
        *(text.rstrip(b"=")[:-1] for text in base),
    )


def told(error: BaseException) -> str:
    """All that a log would show of an error."""
    return "".join(traceback.format_exception(error))
