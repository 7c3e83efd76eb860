"""Ladders from YAML: the shipped ones by name, an engineer's own by file."""

from collections.abc import Mapping
from importlib import resources

import msgspec
import yaml

from ladders.model import Codec, Ladder, LadderError

MAX_CHARACTERS = 64_000
"""A ladder is a page of text; a larger one is a mistake, or made to keep the parser busy."""


def shipped() -> Mapping[str, Ladder]:
    """All shipped ladders by name."""
    folder = resources.files("ladders") / "data"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {ladder.name: ladder for ladder in (parse_ladder(f.read_text(), f.name) for f in files)}


def default_ladder(codec: Codec) -> Ladder:
    return next(ladder for ladder in shipped().values() if ladder.codec == codec)


def parse_ladder(text: str, where: str) -> Ladder:
    """A ladder from YAML text; `where` names it in errors. Raises LadderError."""
    if len(text) > MAX_CHARACTERS:
        raise LadderError(f"{where}: a ladder file has at most {MAX_CHARACTERS} characters")
    try:
        return msgspec.convert(yaml.safe_load(text), Ladder)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise LadderError(
            f"{where}{line}: not YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        ) from None
    except msgspec.ValidationError as error:
        raise LadderError(f"{where}: {error}") from None
    except RecursionError:
        raise LadderError(f"{where}: values lie within values too deeply") from None
    except (ValueError, LookupError, AttributeError) as error:
        # PyYAML lets through what its number and date converters raise.
        raise LadderError(f"{where}: a number, date or tagged value cannot be read: {error}") from None
