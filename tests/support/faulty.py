"""`python -m tests.support.faulty ...`: the `telecine` command, with faults in its storage and its clock.

TELECINE_FAULTS names a file. While it is there, it says with `errors` which share of the storage's operations
fail, as with a service that is out, and with `delay` how many seconds each takes longer. TELECINE_CLOCK names
a file with the seconds by which this process's clock is wrong.
"""

import json
import os
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_true_time = time.time


def _wrong_time() -> float:
    with suppress(OSError, ValueError):
        return _true_time() + float(Path(os.environ["TELECINE_CLOCK"]).read_text())
    return _true_time()


# Before anybody else takes the function by name.
time.time = _wrong_time

from pipeline.cli import main  # noqa: E402
from pipeline.errors import OutageError  # noqa: E402
from pipeline.storage import opening  # noqa: E402
from pipeline.storage.local import LocalStorage  # noqa: E402

OPERATIONS = ("put", "put_file", "open", "head", "list", "delete")


class FaultyStorage(LocalStorage):
    """A folder whose operations fail or tarry as the file says."""

    def __getattribute__(self, name: str) -> Any:
        if name in OPERATIONS:
            suffer(Path(os.environ["TELECINE_FAULTS"]))
        return super().__getattribute__(name)


def suffer(file: Path) -> None:
    try:
        faults = json.loads(file.read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return
    time.sleep(faults.get("delay", 0.0))
    if random.random() < faults.get("errors", 0.0):
        raise OutageError("the storage is out of reach")


if __name__ == "__main__":
    opening.LocalStorage = FaultyStorage  # type: ignore[misc]
    main()
