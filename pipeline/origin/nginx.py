"""A configuration of nginx that serves a site as the origin does."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.errors import UsageError
from pipeline.origin.headers import DOCUMENT, PREFLIGHT, PUBLIC, Fields
from pipeline.storage.mediatypes import BY_SUFFIX
from pipeline.storage.published import IMMUTABLE, STABLE

_NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]*"
"""As in `pipeline.origin.folder`."""

# nginx takes a dollar for the begin of a variable, however it is quoted.
_UNSPEAKABLE = ("$", "\n", "\r", "\0")


@dataclass(frozen=True)
class Front:
    """What nginx listens to (`listen`, `server_name`) and the origin behind it, as `host:port`.

    With `root` it sends what is in the folder `titles` there itself; with `cache`, another folder, it keeps
    up to `cache_size` (as 10g) of what the origin gave it; with neither it passes on everything.
    """

    listen: str
    server_name: str
    origin: str
    root: Path | None = None
    cache: Path | None = None
    cache_size: str = "10g"


def nginx_config(front: Front) -> str:
    """Raises UsageError for a folder that nginx cannot be told of."""
    environment = Environment(  # noqa: S701  no markup
        loader=PackageLoader("pipeline.origin"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("nginx.conf").render(
        listen=front.listen,
        server_name=front.server_name,
        origin=front.origin,
        root=_quoted(front.root),
        cache=_quoted(front.cache),
        cache_size=front.cache_size,
        files=f'"^/titles/(?:{_NAME}/)*{_NAME}\\.(?:{"|".join(suffix[1:] for suffix in BY_SUFFIX)})$"',
        types=_types(),
        compressible=sorted({kind.name.decode() for kind in BY_SUFFIX.values() if kind.compressible}),
        documents=[suffix[1:] for suffix, kind in BY_SUFFIX.items() if kind.document],
        immutable=IMMUTABLE,
        stable=STABLE,
        policy=_named(DOCUMENT)["Content-Security-Policy"],
        public=_named(PUBLIC),
        preflight=_named(PREFLIGHT),
    )


def _types() -> dict[str, list[str]]:
    types: dict[str, list[str]] = defaultdict(list)
    for suffix, kind in BY_SUFFIX.items():
        types[kind.name.decode()].append(suffix[1:])
    return types


def _named(fields: Fields) -> dict[str, str]:
    return {name.decode().title(): value.decode() for name, value in fields}


def _quoted(path: Path | None) -> str:
    """Raises UsageError for what cannot be quoted."""
    text = str(path or "")
    if any(character in text for character in _UNSPEAKABLE):
        raise UsageError(f"{text!r}: nginx cannot be told of a folder of that name")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if text else ""
