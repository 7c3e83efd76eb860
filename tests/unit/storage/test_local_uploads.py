"""What is particular to uploads into a folder: crashes at every step, full disks, locks, remains."""

import hashlib
import io
import os
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pipeline.errors import DiskFullError, StorageError
from pipeline.process import remove_remains
from pipeline.storage.ledger import Header, Ledger, write_header
from pipeline.storage.local import LocalStorage
from pipeline.storage.local_upload import LocalUpload
from pipeline.storage.uploads import Part
from tests.conftest import SMALL_DISK
from tests.unit.storage.test_local_storage import files

ROOT = Path(__file__).parents[3]

KEY = "masters/a/film.mov"
BODIES = [b"first part", b"second one", b"rest"]
PARTS = [Part(n, len(body), hashlib.sha256(body).hexdigest()) for n, body in enumerate(BODIES, 1)]
FILM = b"".join(BODIES)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root", tmp_path / "root/tmp/test")


def send(upload: LocalUpload, *numbers: int) -> None:
    for number in numbers:
        upload.put(PARTS[number - 1], io.BytesIO(BODIES[number - 1]))


def left(storage: LocalStorage, *numbers: int) -> str:
    """An upload with these parts, abandoned; its id."""
    with closing(storage.uploads.begin(KEY, 10)) as upload:
        send(upload, *numbers)
        return upload.id


def finish(storage: LocalStorage) -> list[int]:
    """Resume what there is, or begin, and complete it; the numbers of the parts that were sent."""
    with closing(storage.uploads.resume(KEY, 10) or storage.uploads.begin(KEY, 10)) as upload:
        missing = [part.number for part in upload.missing(PARTS)]
        send(upload, *missing)
        upload.complete(PARTS)
    with storage.open(KEY) as file:
        assert file.read() == FILM
    return missing


CRASHING = """
import os, shutil, sys
from itertools import count
from pathlib import Path
from tests.unit.storage.test_local_uploads import KEY, PARTS, LocalStorage, send

def dying(function, module, name):
    def call(*arguments, **options):
        global steps
        steps -= 1
        if not steps and name == "pwrite":
            function(arguments[0], arguments[1][:4], arguments[2])
        if not steps:
            os._exit(9)
        return function(*arguments, **options)
    setattr(module, name, call)

def client(root):
    for name in ("pwrite", "fsync", "ftruncate", "mkdir", "rename", "replace"):
        dying(getattr(os, name), os, name)
    dying(shutil.rmtree, shutil, "rmtree")
    with open(f"{root}.promised", "w", buffering=1) as promised:
        upload = LocalStorage(root, root / "tmp/client").uploads.begin(KEY, 10)
        for number in (2, 1, 3):
            send(upload, number)
            print(number, file=promised)
        upload.complete(PARTS)
        print("complete", file=promised)

for number in count(1):
    child = os.fork()
    if not child:
        steps = number
        client(Path(sys.argv[1]) / str(number))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 9:
        sys.exit(code)
"""


def test_killed_at_any_step_the_object_is_whole_or_the_upload_goes_on(tmp_path: Path) -> None:
    """At each of its steps on the disk in turn, having written half of what it would."""
    subprocess.run([sys.executable, "-c", CRASHING, tmp_path], cwd=ROOT, check=True)
    clients = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(clients) > 20
    for root in clients:
        promised = root.with_suffix(".promised").read_text().split()
        storage = LocalStorage(root, root / "tmp/test")
        if storage.head(KEY) is None:
            assert "complete" not in promised
            assert set(promised).isdisjoint(map(str, finish(storage)))
        with storage.open(KEY) as file:
            assert file.read() == FILM


def test_what_was_written_is_not_written_again(storage: LocalStorage) -> None:
    folder = storage.root / "tmp/uploads" / left(storage, 1, 2, 3)
    written = (folder / "data").stat().st_ino
    assert finish(storage) == []
    assert (storage.root / KEY).stat().st_ino == written
    assert files(storage.root) == [KEY]


def test_an_aborted_upload_leaves_no_file(storage: LocalStorage) -> None:
    storage.uploads.abort(KEY, left(storage, 1, 2))
    assert files(storage.root) == []


def test_the_remains_of_dead_processes_are_removed_without_the_uploads(storage: LocalStorage) -> None:
    left(storage, 1)
    remove_remains(storage.root / "tmp")
    assert finish(storage) == [2, 3]


def test_an_upload_belongs_to_one_writer(storage: LocalStorage) -> None:
    with closing(storage.uploads.begin(KEY, 10)) as upload:
        send(upload, 1)
        assert storage.uploads.resume(KEY, 10) is None
    with closing(storage.uploads.begin(KEY, 10)) as other:
        assert other.id != upload.id
    assert len(list(storage.uploads.unfinished("masters"))) == 2


def test_the_latest_upload_with_parts_of_that_size_is_resumed(storage: LocalStorage) -> None:
    ids = [left(storage, 1), left(storage, 2), left(storage, 3)]
    for id_, seconds in zip(ids, (5, 9, 7), strict=True):
        os.utime(storage.root / "tmp/uploads" / id_ / "ledger", (seconds, seconds))
    assert storage.uploads.resume(KEY, 11) is None
    assert finish(storage) == [1, 3]
    assert sorted(upload.since for upload in storage.uploads.unfinished("masters")) == [5, 7]


def test_an_object_that_was_completed_by_a_killed_client_is_not_resumed(storage: LocalStorage) -> None:
    """It renamed the data, but did not come to remove the folder."""
    folder = storage.root / "tmp/uploads" / left(storage, 1, 2, 3)
    (folder / "data").unlink()
    assert storage.uploads.resume(KEY, 10) is None
    storage.uploads.abort(KEY, folder.name)
    assert files(storage.root) == []


def test_a_part_too_large_for_its_place_is_refused(storage: LocalStorage) -> None:
    body = b"eleven bytes"
    part = Part(1, len(body), hashlib.sha256(body).hexdigest())
    with closing(storage.uploads.begin(KEY, 10)) as upload:
        with pytest.raises(StorageError, match=r"part 1 of .* is larger than the upload's parts"):
            upload.put(part, io.BytesIO(body))
        send(upload, 1, 2, 3)
        upload.complete(PARTS)
    with storage.open(KEY) as file:
        assert file.read() == FILM


def test_a_full_disk_is_told_and_the_upload_goes_on_once_there_is_room(small_disk: Path) -> None:
    storage = LocalStorage(small_disk, small_disk / "tmp/test")
    storage.put("large", b"x" * (SMALL_DISK - 60_000))
    body = b"y" * 40_000
    parts = [Part(n, len(body), hashlib.sha256(body).hexdigest()) for n in (1, 2)]
    with closing(storage.uploads.begin(KEY, 40_000)) as upload:
        upload.put(parts[0], io.BytesIO(body))
        with pytest.raises(DiskFullError, match=r"cannot store part 2 of .*: the disk is full"):
            upload.put(parts[1], io.BytesIO(body))
    storage.delete("large")
    with closing(storage.uploads.resume(KEY, 40_000)) as upload:
        assert upload.missing(parts) == [parts[1]]
        upload.put(parts[1], io.BytesIO(body))
        upload.complete(parts)
    assert files(small_disk) == [KEY]


def test_a_full_disk_leaves_nothing_of_an_upload_that_could_not_begin(small_disk: Path) -> None:
    storage = LocalStorage(small_disk, small_disk / "tmp/test")
    with (small_disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(DiskFullError, match=r"cannot begin to store .*: the disk is full"):
        storage.uploads.begin(KEY, 10)
    assert files(small_disk) == ["filler"]


@pytest.mark.parametrize(
    "tail",
    [b'{"number":2,"si', b"\0" * 50, b"\0" * 50 + b"\n", b'{"number":0,"size":1,"sha256":""}\n', b"7\n[]\n"],
)
def test_a_damaged_ledger_forgets_no_more_than_it_lost(storage: LocalStorage, tail: bytes) -> None:
    ledger = storage.root / "tmp/uploads" / left(storage, 1) / "ledger"
    with ledger.open("ab") as file:
        file.write(tail)
    with closing(storage.uploads.resume(KEY, 10)) as upload:
        assert upload.missing(PARTS) == PARTS[1:]
        send(upload, 3)
    assert finish(storage) == [2]


def test_a_ledger_without_header_is_nothing(storage: LocalStorage) -> None:
    left(storage, 1)
    ledger = next((storage.root / "tmp/uploads").iterdir()) / "ledger"
    ledger.write_bytes(b"{}\n")
    assert list(storage.uploads.unfinished("masters")) == []
    assert finish(storage) == [1, 2, 3]


def test_a_part_that_is_about_to_be_overwritten_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    write_header(path, Header(key=KEY, part_size=10))
    with closing(Ledger.open(path)) as ledger:
        ledger.add(PARTS[0])
        ledger.add(PARTS[1])
        ledger.forget(1)
        ledger.forget(3)
    with closing(Ledger.open(path)) as ledger:
        assert [ledger.has(part) for part in PARTS] == [False, True, False]


def test_data_is_on_disk_before_the_ledger_says_so(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        log.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        log.append("rename")
        return replace(path, target)

    with closing(storage.uploads.begin(KEY, 10)) as upload:
        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "replace", replaced)
        send(upload, 1)
        assert log == ["sync data", "sync ledger"]
        send(upload, 2, 3)
        log.clear()
        upload.complete(PARTS)
    assert log == ["sync data", "sync root", "sync masters", "rename", "sync a"]
