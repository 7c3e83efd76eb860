"""Every storage there is, made in an empty folder. A new one joins the contract suites by one line."""

from collections.abc import Callable
from pathlib import Path

from pipeline.storage.base import Storage
from pipeline.storage.local import LocalStorage
from tests.support.s3 import server


def local(folder: Path) -> Storage:
    return LocalStorage(folder / "root", folder / "root/tmp/test")


def swift(folder: Path) -> Storage:
    return server("swift").storage(folder)


def ministack(folder: Path) -> Storage:
    return server("ministack").storage(folder)


BACKENDS: dict[str, Callable[[Path], Storage]] = {"local": local, "swift": swift, "ministack": ministack}
