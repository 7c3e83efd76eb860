"""What the stable URLs of a title show: manifests that lead into one version, each replaced by one put."""

import msgspec

from packagers.dash.manifest import mpd
from packagers.hls.playlists import multivariant
from packagers.presentation import Presentation
from pipeline.catalog.catalog import Catalog
from pipeline.codec import from_json, to_json
from pipeline.errors import StorageError
from pipeline.stages.manifests import DASH, HLS
from pipeline.stages.version import STABLE, version_root
from pipeline.storage.base import Storage


class Stable(msgspec.Struct, frozen=True, kw_only=True):
    """The manifests of a title that shows a certain version; `dash` is empty where there is none."""

    hls: str
    dash: str


def stable_keys(title: str) -> tuple[str, ...]:
    """Where a title's stable manifests are, those that it may not have included."""
    return tuple(f"titles/{title}/{name}" for name in (HLS, DASH))


def leading(presentation: Presentation, version: str, *, dash: bool) -> Stable:
    """The manifests that lead from a title's folder into that of a version."""
    base = f"v/{version}/"
    return Stable(hls=multivariant(presentation, base), dash=mpd(presentation, base) if dash else "")


def keep(storage: Storage, title: str, version: str, stable: Stable) -> None:
    """Store a version's stable manifests with it."""
    storage.put(f"{version_root(title, version)}/{STABLE}", to_json(stable))


def point(storage: Storage, title: str, version: str) -> None:
    """Make the stable URLs of `title` show a stored version. Each manifest is one put: whoever reads it gets
    the old version whole or the new one whole. However long the title is, it takes three requests.

    Raises StorageError where the version is not stored, or its own description is damaged.
    """
    stable = _kept(storage, title, version)
    hls, dash = stable_keys(title)
    storage.put(hls, stable.hls.encode())
    if stable.dash:
        storage.put(dash, stable.dash.encode())
    else:
        storage.delete(dash)


def show(storage: Storage, catalog: Catalog, title: str) -> None:
    """Make the stable URLs of `title` show what the catalog says it shows.

    Where another process changes that meanwhile, whoever is last to look sees it and puts it right: so one
    that was stopped for an hour in the middle of this does no harm.
    """
    version = catalog.titles.current(title)
    while version is not None:
        point(storage, title, version)
        version, shown = catalog.titles.current(title), version
        if version == shown:
            return
    withdraw(storage, title)


def withdraw(storage: Storage, title: str) -> None:
    """Remove the stable manifests of a title; its versions' files stay."""
    for key in stable_keys(title):
        storage.delete(key)


def _kept(storage: Storage, title: str, version: str) -> Stable:
    key = f"{version_root(title, version)}/{STABLE}"
    with storage.open(key) as file:
        data = file.read()
    try:
        return from_json(data, Stable)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{key} is damaged: {error}") from error
