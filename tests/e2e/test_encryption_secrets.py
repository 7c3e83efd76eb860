"""What an encrypted title does not tell: its media, its keys, and which samples are alike."""

import base64
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree

import av
import pytest

from packagers.cenc.header import Header, protection_of
from packagers.mp4.protection import SampleEncryption
from pipeline.keys.record import ContentKeyRecord
from tests.e2e.encrypted_film import CLASSES, VIDEO, EncryptedFilm, keys_of
from tests.support.site import TELECINE, Site
from tests.support.watched import watched
from tests.unit.keys.spelling import spellings
from tests.unit.packagers.cenc.protected_media import moofs, subsample_table

RUN = 32
"""Bytes in a row that would be no accident."""


@pytest.mark.parametrize("scheme", ["cbcs", "cenc", "aes-128"])
def test_nothing_encrypted_is_published_in_the_clear(encrypted: EncryptedFilm, scheme: str) -> None:
    secret = {run for path in CLASSES for run in _protected_runs(encrypted, scheme, path)}
    assert len(secret) > 1000
    assert any(
        _first(file.read_bytes(), secret) is not None for file in encrypted.versions["clear"].rglob("*.m4s")
    )
    for file in encrypted.versions[scheme].rglob("*"):
        if file.is_file():
            assert _first(file.read_bytes(), secret) is None, file


def _first(data: bytes, secret: set[bytes]) -> int | None:
    """Where the first of the runs is."""
    return next((at for at in range(len(data) - RUN + 1) if data[at : at + RUN] in secret), None)


def _protected_runs(encrypted: EncryptedFilm, scheme: str, path: str) -> Iterator[bytes]:
    """Of the clear version, runs that hold at least one block which is encrypted."""
    clear, made = encrypted.versions["clear"] / path, encrypted.versions[scheme] / path
    header = (made / "init.mp4").read_bytes()
    # cbcs leaves nine blocks of ten of the pictures as they are.
    step = 160 if scheme == "cbcs" and path in VIDEO else 16
    for segment in sorted(clear.glob("*.m4s")):
        samples = _samples((clear / "init.mp4").read_bytes(), segment.read_bytes())
        if scheme == "aes-128" or path not in VIDEO:
            table = [[(0, len(sample))] for sample in samples]
        else:
            table = subsample_table(header, (made / segment.name).read_bytes())
        for sample, rows in zip(samples, table, strict=True):
            for start, end in _ranges(rows):
                yield from (sample[at : at + RUN] for at in range(start, end - RUN + 1, step))


def _samples(header: bytes, segment: bytes) -> list[bytes]:
    with av.open(io.BytesIO(header + segment)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def _ranges(rows: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for clear, protected in rows:
        yield at + clear, at + clear + protected
        at += clear + protected


def test_no_key_is_to_be_found_anywhere(encrypted: EncryptedFilm) -> None:
    keys = encrypted.keys()
    assert len(keys) == 12, "of three versions and a job that failed"
    words = _words(encrypted.site, keys)
    for place, data in _places(encrypted):
        assert [number for number, word in enumerate(words) if word in data] == [], place


def test_no_key_is_left_behind_by_a_killed_command(encrypted: EncryptedFilm, tmp_path: Path) -> None:
    site = Site(tmp_path / "killed")
    copytree(encrypted.site.folder, site.folder)
    command = [*TELECINE, "package", "film", "--drm", "cenc", "--new-keys", "-o", str(site.root), "--json"]
    killed = watched(command, lambda event: event["event"] == "planned")
    stored = b"".join(path.read_bytes() for path in site.root.glob("catalog.db*"))
    assert (site.root / "catalog.db-wal").exists()
    keys = keys_of(site)
    assert len(keys) == 15
    assert all(key.kid.hex().encode() in stored for key in keys)
    assert [word for word in _words(site, keys) if word in stored + killed.written] == []


def _words(site: Site, keys: list[ContentKeyRecord]) -> list[bytes]:
    """All that gives a content key or the master key away."""
    master = (site.root / "keys/master.key").read_bytes().strip()
    secrets = [key.key.reveal() for key in keys] + [base64.b64decode(master)]
    return [*(word for secret in secrets for word in spellings(secret)), master[:-1]]


def _places(encrypted: EncryptedFilm) -> Iterator[tuple[str, bytes]]:
    root = encrypted.site.root
    for file in root.rglob("*"):
        if file.is_file() and file.parent.name != "keys":
            yield str(file), file.read_bytes()
    with closing(sqlite3.connect(root / "catalog.db")) as catalog:
        yield "dump", "\n".join(catalog.iterdump()).encode()
    # One that ends early may have no child when it is looked at.
    assert any(b"ffmpeg" in command.processes for command in encrypted.commands)
    for number, command in enumerate(encrypted.commands):
        assert TELECINE[0].encode() in command.processes
        yield f"output {number}", command.written
        yield f"processes {number}", command.processes


def test_tracks_under_one_key_have_other_constant_ivs(encrypted: EncryptedFilm) -> None:
    found = []
    for path in CLASSES:
        entry = Header.parse((encrypted.versions["cbcs"] / path / "init.mp4").read_bytes()).entry
        found.append(protection_of(entry).encryption.constant_iv)
    assert len(set(found)) == 4


def test_tracks_under_one_key_have_other_streams(encrypted: EncryptedFilm) -> None:
    for tracks in (["video/h264-180", "video/av1-144"], ["video/h264-720"], ["audio/aac128-en"]):
        streams = {path: _streams(encrypted.versions["cenc"] / path) for path in tracks}
        assert [len(found) for found in streams.values()] == [1] * len(tracks)
        assert len(set.union(*streams.values())) == len(tracks)


def _streams(folder: Path) -> set[bytes]:
    """The first bytes of the IV of each fragment's first sample."""
    return {
        moof.one("traf/senc", SampleEncryption).entries[:3]
        for segment in folder.glob("*.m4s")
        for _, moof in moofs(segment.read_bytes())
    }
