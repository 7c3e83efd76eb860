"""Ladders from YAML: the shipped ones by name, an engineer's own by file."""

from collections.abc import Mapping
from importlib import resources

import msgspec
import yaml

from ladders.model import Codec, Ladder, LadderError

MAX_BYTES = 1_000_000
"""A ladder is a page of text; a larger file is a mistake or an attack on the parser."""


def shipped() -> Mapping[str, Ladder]:
    """All shipped ladders by name."""
    folder = resources.files("ladders") / "data"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {ladder.name: ladder for ladder in (parse_ladder(f.read_text(), f.name) for f in files)}


def default_ladder(codec: Codec) -> Ladder:
    return next(ladder for ladder in shipped().values() if ladder.codec == codec)


def parse_ladder(text: str, where: str) -> Ladder:
    """A ladder from YAML text; `where` names it in errors. Raises LadderError."""
    if len(text) > MAX_BYTES:
        raise LadderError(f"{where}: a ladder file has at most {MAX_BYTES} characters")
    try:
        return msgspec.convert(yaml.safe_load(text), Ladder)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise LadderError(
            f"{where}{line}: not YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        ) from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise LadderError(f"{where}: {error}") from None
