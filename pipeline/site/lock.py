"""One site a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.site.file import SiteFile


@contextmanager
def only_site(root: Path) -> Iterator[None]:
    """Hold `root`, which is made if need be. Raises UsageError if another site runs in it.

    A lock of the kernel's goes with its process, however that ends and whatever the host is called next
    time, as a container's is; a file that names its owner would have to be removed by hand then.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / ".site.lock").open("w")
    except OSError as error:
        raise UsageError(f"cannot write to {root}: {error.strerror}; choose another with -o") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"a site runs in {root} already{_supervisor(root)}: stop it first") from None
        yield


def _supervisor(root: Path) -> str:
    site = SiteFile.read(root)
    return f" (process {site.supervisor.split('.')[-2]})" if site and site.supervisor else ""
