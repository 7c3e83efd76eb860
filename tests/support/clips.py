"""Real clips, beside the checkout where they are at all."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("TELECINE_CLIPS", Path(__file__).parents[3] / "shared" / "media"))


def real_clip(name: str) -> Path:
    """The clip's path; skips the test where it is absent."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"no {name}: real clips are not part of the checkout")
    return path
