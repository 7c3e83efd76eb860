"""Files for their owner's eyes."""

import os
import tempfile
from pathlib import Path

from pipeline.errors import StorageError


def write_private(path: Path, body: bytes) -> None:
    """Replace `path` at once or not at all, even by a power cut; its mode is 0600. Raises StorageError."""
    try:
        # Such a file has that mode from the beginning.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".private-", delete=False) as temporary:
            temporary.write(body)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(temporary.name).replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
