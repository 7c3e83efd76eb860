"""Which failure of a database it was: of no room, an outage, a conflict that trying again resolves."""

import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from pipeline.errors import DiskFullError, OutageError, StorageError

DISK_FULL = "53100"
CONFLICTS = ("40001", "40P01")
"""Serialization failure and deadlock: the transaction was undone whole."""
READ_ONLY = "25006"
"""A standby: the primary failed, or the address still leads to the old one."""


def is_conflict(error: DBAPIError) -> bool:
    """Whether the transaction was undone in favour of another one."""
    return _sqlstate(error) in CONFLICTS


def explained(error: DBAPIError, url: URL) -> StorageError:
    """The error in our words. Neither the password nor what was to be stored is part of them."""
    where = f"the catalog {url.set(query={}).render_as_string(hide_password=True)}"
    if _is_full(error):
        return DiskFullError(f"cannot write {where}: the disk is full; free some space")
    reason = str(error.orig).strip().partition("\n")[0]
    if _is_outage(error):
        return OutageError(f"{where} is out of reach: {reason}")
    return StorageError(f"cannot use {where}: {reason}")


def _is_full(error: DBAPIError) -> bool:
    return _sqlstate(error) == DISK_FULL or _sqlite_code(error) == sqlite3.SQLITE_FULL


def _is_outage(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    lost = error.connection_invalidated or isinstance(error, OperationalError)
    return lost or _sqlstate(error) == READ_ONLY


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _sqlite_code(error: DBAPIError) -> int | None:
    """The primary result code: extended ones carry it in their low byte."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
