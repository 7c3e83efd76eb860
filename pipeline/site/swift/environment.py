"""The Python environment of the embedded S3: made when it is first needed, apart from telecine's own."""

import fcntl
import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StorageError, TelecineError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PACKAGE = "swift"

Tell = Callable[[str], None]


def environment_folder(default: Path) -> Path:
    """TELECINE_SWIFT_VENV, which several sites may share, or `default`."""
    named = os.environ.get("TELECINE_SWIFT_VENV")
    return Path(named).expanduser().absolute() if named else default


def installed(folder: Path, tell: Tell) -> Path:
    """The interpreter of the environment in `folder`, which has OpenStack Swift when this returns.

    Raises TelecineError where it cannot be installed, StorageError where `folder` cannot be written.
    """
    wanted = _pinned()
    with _alone(folder):
        if not wanted.items() <= _present(folder).items():
            tell(f"installing OpenStack Swift {wanted[PACKAGE]} in {folder}, once")
            _run(sys.executable, "-m", "venv", str(folder))
            _run(str(_python(folder)), "-m", "pip", *_pip_options())
    return _python(folder)


def _pip_options() -> tuple[str, ...]:
    # The list is complete, dependencies included.
    return (
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
        str(REQUIREMENTS),
    )


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _pinned() -> dict[str, str]:
    """Versions by the normalised name of their package."""
    return dict(_pair(*line.split("==")) for line in REQUIREMENTS.read_text().split("\n") if "==" in line)


def _present(folder: Path) -> dict[str, str]:
    """The same, of what is installed there for the Python that runs us. pip puts a package's record last."""
    if not _python(folder).exists():
        return {}
    packages = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    return dict(
        _pair(found.name, found.version) for found in importlib.metadata.distributions(path=[packages])
    )


def _pair(name: str, version: str) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = (done.stderr + done.stdout).splitlines()
        reason = next((line for line in said if line.startswith("ERROR:")), "".join(said[-1:]))
        raise TelecineError(
            "cannot install the embedded S3, which pip gets from the Python package index: connect to it, or "
            f"name an environment with OpenStack Swift in TELECINE_SWIFT_VENV ({reason})",
            evidence="\n".join(said),
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two sites that share the environment make it once."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(f".{folder.name}.lock").open("w")
    except OSError as error:
        raise StorageError(f"cannot write to {folder.parent}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
