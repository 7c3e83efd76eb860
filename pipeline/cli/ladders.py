"""`--ladder` and `--codec`: which ladders a command was given."""

from pathlib import Path
from typing import get_args

from ladders.load import MAX_CHARACTERS, default_ladder, parse_ladder, shipped
from ladders.model import Codec, Ladder, LadderError
from pipeline.errors import UsageError


def chosen_ladders(names: tuple[str, ...], codec: str | None) -> tuple[Ladder, ...]:
    """One ladder a codec: those named, and shipped ones for codecs that none of them has."""
    given = [_ladder(name) for name in names]
    codecs = [ladder.codec for ladder in given] or ["h264"] if codec is None else _codecs(codec)
    by_codec = {ladder.codec: ladder for ladder in given}
    if len(by_codec) < len(given):
        raise UsageError("--ladder: two ladders are of the same codec; give one for each")
    surplus = by_codec.keys() - set(codecs)
    if surplus:
        raise UsageError(f"--ladder: the ladder for {', '.join(surplus)} is not wanted by --codec {codec}")
    return tuple(by_codec.get(name) or default_ladder(name) for name in codecs)


def _codecs(text: str) -> list[Codec]:
    known: dict[str, Codec] = {name: name for name in get_args(Codec)}
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"--codec {text!r}: {unknown[0]!r} is not one of {', '.join(known)}")
    return [known[name] for name in names]


def _ladder(name: str) -> Ladder:
    known = shipped()
    if name in known:
        return known[name]
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"--ladder {name}: neither a file nor a shipped ladder ({', '.join(known)})")
    try:
        with path.open(encoding="utf-8") as file:
            return parse_ladder(file.read(MAX_CHARACTERS + 1), name)
    except LadderError as error:
        raise UsageError(f"--ladder: {error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--ladder: {name}: not a text file in UTF-8") from None
    except OSError as error:
        raise UsageError(f"--ladder: {name}: {error.strerror}") from error
