"""Which master key everything is sealed under: known by its id, and the same for all until it is changed.

A process that still has an older one must not seal with it: once all is sealed under the new one, the old one
is thrown away.
"""

from collections.abc import Iterable

from sqlalchemy import Select, select

from pipeline.catalog.database import Transaction
from pipeline.catalog.schema import masters

PURPOSE = "keys"


def current() -> Select[tuple[str]]:
    return select(masters.c.id).where(masters.c.purpose == PURPOSE)


def is_current(tx: Transaction, used: Iterable[str]) -> bool:
    """Whether all was sealed under the current master key, which it stays until the transaction ends."""
    return {tx.scalar(current().with_for_update(read=True))} == set(used)
