"""A version is copied whole or shown not at all, to every kind of storage, whatever fails on the way."""

import hashlib
import shutil
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from two_versions import DASH, HLS, TwoVersions, contents, manifests, plays

from pipeline.errors import StorageError
from pipeline.events import Event, Uploading
from pipeline.publication import publish_to
from pipeline.storage.base import Storage
from pipeline.storage.local import LocalStorage


class Unreliable(LocalStorage):
    """A folder that counts puts, and stores what `meddle(number, key, body)` gives back."""

    def __init__(self, root: Path, meddle: Callable[[int, str, bytes], bytes] | None = None) -> None:
        super().__init__(root, root / "tmp/test")
        self.keys: list[str] = []
        self._meddle = meddle
        self._counting = threading.Lock()

    def put(self, key: str, body: bytes) -> None:
        with self._counting:
            self.keys.append(key)
            number = len(self.keys)
        super().put(key, self._meddle(number, key, body) if self._meddle else body)


def quietly(_: Event) -> None:
    pass


def sent(film: TwoVersions, version: str, target: Storage, **more: Any) -> list[Event]:
    events: list[Event] = []
    publish_to(film.storage, target, "film", version, events.append, **more)
    return events


def test_what_is_published_plays_and_is_the_same(film: TwoVersions, target: Storage) -> None:
    events = sent(film, film.second, target)
    files = {key: body for key, body in contents(film.storage).items() if f"/v/{film.first}/" not in key}
    assert contents(target) == files
    assert len(manifests(target)) == 2
    assert all(plays(target, manifest) for manifest in manifests(target))
    progress = [(e.phase, e.done, e.size) for e in events if isinstance(e, Uploading)]
    whole = sum(len(body) for key, body in files.items() if "/v/" in key)
    assert (progress[0], progress[-1]) == (("copying", 0, whole), ("copying", whole, whole))
    assert len(progress) == len(files) - 2 + 1


def test_one_version_takes_the_place_of_another(film: TwoVersions, target: Storage) -> None:
    sent(film, film.second, target)
    sent(film, film.first, target)
    assert all(f"v/{film.first}/" in manifest and plays(target, manifest) for manifest in manifests(target))


def test_playlists_follow_what_they_name_and_stable_manifests_come_last(
    film: TwoVersions, tmp_path: Path
) -> None:
    target = Unreliable(tmp_path / "there")
    sent(film, film.second, target)
    media = [key.endswith((".m4s", ".mp4", ".jpg")) for key in target.keys]
    assert media == sorted(media, reverse=True)
    assert target.keys[-2:] == [HLS, DASH]


def test_what_is_there_is_not_sent_again_but_what_is_damaged_is(film: TwoVersions, tmp_path: Path) -> None:
    target = Unreliable(tmp_path / "there")
    sent(film, film.second, target)
    target.keys.clear()
    sent(film, film.second, target)
    assert target.keys == [HLS, DASH]
    segment = f"titles/film/v/{film.second}/video/h264-90/seg-00001.m4s"
    size = (target.root / segment).stat().st_size
    (target.root / segment).write_bytes(b"x" * size)
    target.keys.clear()
    sent(film, film.second, target)
    assert target.keys == [segment, HLS, DASH]
    assert target.digest(segment) == film.storage.digest(segment)


def test_a_failure_at_any_put_leaves_the_old_version_whole(film: TwoVersions, tmp_path: Path) -> None:
    before = tmp_path / "before"
    sent(film, film.first, Unreliable(before))
    failures = 0
    for place in count(1):
        target = Unreliable(shutil.copytree(before, tmp_path / str(place)), _failing_from(place))
        try:
            sent(film, film.second, target)
            break
        except StorageError:
            failures += 1
        found = manifests(target)
        assert len(found) == 2
        assert all(plays(target, manifest) for manifest in found)
    assert failures == len(target.keys) > 10
    assert all(f"v/{film.second}/" in manifest for manifest in manifests(target))


def _failing_from(place: int) -> Callable[[int, str, bytes], bytes]:
    def meddle(number: int, key: str, body: bytes) -> bytes:
        if number >= place:
            raise StorageError(f"cannot store {key}: no")
        return body

    return meddle


def test_what_arrives_damaged_is_not_shown(film: TwoVersions, tmp_path: Path) -> None:
    def damage(_: int, key: str, body: bytes) -> bytes:
        return body[:-1] + b"?" if key.endswith("seg-00002.m4s") else body

    target = Unreliable(tmp_path / "there", damage)
    with pytest.raises(StorageError, match=r"seg-00002\.m4s: what arrived is not what was sent"):
        sent(film, film.second, target)
    assert manifests(target) == []


def test_what_is_lost_there_meanwhile_is_noticed(film: TwoVersions, tmp_path: Path) -> None:
    target = Unreliable(tmp_path / "there")

    def lose(event: Event) -> None:
        if isinstance(event, Uploading) and event.done == event.size:
            target.delete(f"titles/film/v/{film.second}/video/h264-90/init.mp4")

    with pytest.raises(
        StorageError, match=r"video/h264-90/init\.mp4 among them; what is shown there was not"
    ):
        publish_to(film.storage, target, "film", film.second, lose)
    assert manifests(target) == []


def test_who_stops_it_leaves_nothing_half(film: TwoVersions, tmp_path: Path) -> None:
    target = Unreliable(tmp_path / "there")

    def stop(event: Event) -> None:
        if isinstance(event, Uploading) and event.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_to(film.storage, target, "film", film.second, stop)
    assert manifests(target) == []
    arrived = contents(target)
    assert arrived
    assert {key: hashlib.sha256(body).hexdigest() for key, body in arrived.items()} == {
        key: film.storage.digest(key) for key in arrived
    }
    assert sent(film, film.second, target)


def test_a_version_that_is_not_whole_is_not_sent(film: TwoVersions, tmp_path: Path) -> None:
    broken = Unreliable(tmp_path / "here")
    sent(film, film.second, broken)
    broken.delete(f"titles/film/v/{film.second}/video/h264-90/seg-00002.m4s")
    target = Unreliable(tmp_path / "there")
    with pytest.raises(StorageError, match=r"1 of its files are lost or damaged, video.*; nothing was sent"):
        publish_to(broken, target, "film", film.second, quietly)
    assert target.keys == []
