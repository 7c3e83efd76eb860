"""Which storage belongs to a site: noted in its folder, so that titles in different places never mix."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.errors import StorageError, UsageError
from pipeline.site.private import write_private
from pipeline.storage.location import Bucket, Location, parse_location

EMBEDDED = "s3"
"""What people call the S3 server that `telecine up` runs."""

NOTE = "storage.json"
"""The file of that in the site's folder."""

FOLDERS = ("masters", "artifacts", "titles")


@dataclass(frozen=True)
class Note:
    """`storage` as people would write it."""

    storage: str


def embedded(root: Path) -> Bucket:
    """The bucket of the S3 server that is embedded in the site in `root`."""
    return Bucket("telecine", profile_file=_profile(root))


def storage_of(root: Path, asked: str) -> Location:
    """Where the site in `root` has its titles: where `asked` says, else where it has had them, else in `root`
    itself. Raises UsageError where `asked` is elsewhere than what it has, or no such place."""
    wanted = _parsed(root, asked) if asked else None
    has = _noted(root) or (root if any((root / name).is_dir() for name in FOLDERS) else None)
    if wanted and has and wanted != has:
        raise UsageError(
            f"the site in {root} has its titles in {_words(root, has)}, not in {_words(root, wanted)}; "
            "choose another folder for a new site with -o"
        )
    return wanted or has or root


def note_storage(root: Path, location: Location) -> None:
    """From now on the site in `root` has its titles there. Raises StorageError where that cannot be noted,
    UsageError where it is an embedded S3 that has never run."""
    if location == embedded(root) and not _profile(root).is_file():
        raise UsageError(
            f"{root} embeds no S3 yet: start one with `telecine up -o {root} --storage {EMBEDDED}`"
        )
    if location in (root, _noted(root)):
        return
    text = EMBEDDED if location == embedded(root) else str(location)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write to {root}: {error.strerror}") from error
    write_private(_path(root), to_json(Note(text)) + b"\n")


def _noted(root: Path) -> Location | None:
    path = _path(root)
    try:
        return _parsed(root, from_json(path.read_bytes(), Note).storage)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise UsageError(f'{path} is damaged; it was {{"storage": "s3://bucket/prefix"}} ({error})') from None


def _parsed(root: Path, text: str) -> Location:
    return embedded(root) if text == EMBEDDED else parse_location(text)


def _words(root: Path, location: Location) -> str:
    if location == embedded(root):
        return "its embedded S3"
    return "that folder itself" if location == root else str(location)


def _path(root: Path) -> Path:
    return root / NOTE


def _profile(root: Path) -> Path:
    """How clients get at the embedded S3: there from its first start on."""
    return root / EMBEDDED / "aws"
