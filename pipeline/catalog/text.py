"""Text from elsewhere, such as what an encoder printed, made fit for any database."""

MESSAGE = 4000
"""Characters of an error's sentence that are kept."""

EVIDENCE = 16_000
"""Characters of an error's evidence that are kept: its end, where the cause is."""


def message(text: str) -> str:
    return _storable(text[:MESSAGE])


def evidence(text: str) -> str:
    return _storable(text[-EVIDENCE:])


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL, and no database the halves of characters that undecodable names leave."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
