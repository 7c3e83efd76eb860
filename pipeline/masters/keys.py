"""Where a master is: a file of this machine, or an object of the storage that every worker reads."""

import re
from pathlib import Path

from pipeline.errors import BadMasterError
from pipeline.job import JobSpec
from pipeline.storage.base import Storage

FOLDER = "masters"


def master_key(digest: str, name: str) -> str:
    """The key of a master by its content's SHA-256, in hex. `name` is its file's, for people to see."""
    stem, dot, suffix = name.rpartition(".")
    readable = re.sub(r"[^A-Za-z0-9]+", "-", stem if dot else name).strip("-")[:80] or "master"
    ending = re.sub(r"[^A-Za-z0-9]+", "", suffix)[:8] if dot else ""
    return f"{FOLDER}/{digest}/{readable}" + (f".{ending}" if ending else "")


def is_stored(master: str) -> bool:
    """Whether a job's master is a key of the storage: those of files are absolute paths."""
    return not Path(master).is_absolute()


def digest_of(key: str) -> str:
    """The SHA-256 that a stored master's key promises."""
    return key.split("/")[1]


def size_of(storage: Storage, key: str) -> int:
    """Bytes of a stored master. Raises BadMasterError where there is none."""
    entry = storage.head(key)
    if entry is None:
        raise BadMasterError(f"{key}: not in storage any more; upload the master again")
    return entry.size


def damaged(key: str) -> BadMasterError:
    return BadMasterError(f"{key}: damaged in storage; delete it there and upload the master again")


def refuse_changed(storage: Storage, job: JobSpec) -> None:
    """Raises BadMasterError unless the master is still the file that the job began with: what was read of it
    must not be kept under another content's name."""
    if is_stored(job.master):
        if size_of(storage, job.master) != job.size:
            raise damaged(job.master)
        return
    try:
        status = Path(job.master).stat()
    except OSError as error:
        raise BadMasterError(f"{job.master}: cannot be read any more: {error.strerror}") from error
    if (status.st_size, status.st_mtime_ns) != (job.size, job.mtime):
        raise BadMasterError(f"{job.master}: the file changed since the job began; run the command again")
