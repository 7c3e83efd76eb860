"""Keys that somebody else made, from a file."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

from pipeline.errors import UsageError
from pipeline.keys.classes import KEY_CLASSES, KeyClass
from pipeline.keys.private import read_private
from pipeline.keys.record import KEY_BYTES
from pipeline.keys.secret import Secret

Given = tuple[bytes, Secret]
"""The id of a key, and the key."""


def read_keys(path: Path) -> Mapping[KeyClass, Given]:
    """Those of a YAML or JSON file of mode 0600: for each class an object with `kid` and `key`, in hex.

        audio: {kid: 8f2c..., key: 03a1...}
        hd: {kid: 51b0..., key: 77de...}

    Raises UsageError where it cannot be used; what is in it is never quoted.
    """
    try:
        text = read_private(path, "the file of keys")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    classes, problem = _parsed(text)
    if problem:
        # Raised here, where no error of a library is at hand: those quote the line.
        raise UsageError(f"{path}: {problem}")
    keys = {}
    for one, pair in classes.items():
        name = next((name for name in KEY_CLASSES if name == one), None)
        if name is None:
            raise UsageError(f"{path}: there is no class of that name; there are {', '.join(KEY_CLASSES)}")
        kid, key = (_bytes(pair.get(field, "")) for field in ("kid", "key"))
        if kid is None or key is None or len(pair) != len(("kid", "key")):
            raise UsageError(f"{path}: {name} must have `kid` and `key`, {2 * KEY_BYTES} hex digits each")
        keys[name] = (kid, Secret(key))
    return keys


def _parsed(text: bytes) -> tuple[dict[str, dict[str, str]], str]:
    try:
        # The base loader takes all for text: a key may look like a number.
        found = yaml.load(text, yaml.BaseLoader)  # noqa: S506  it makes strings, lists and mappings
        return msgspec.convert(found, dict[str, dict[str, str]]), ""
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return {}, f"line {line} is neither YAML nor JSON"
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError):
        return {}, "give an object for each class, with `kid` and `key`"


def _bytes(digits: str) -> bytes | None:
    """None where it is no key or id; that of a UUID may have its hyphens."""
    try:
        value = bytes.fromhex(digits.replace("-", ""))
    except ValueError:
        return None
    return value if len(value) == KEY_BYTES else None
