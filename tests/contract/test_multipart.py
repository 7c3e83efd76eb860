"""What every storage promises of uploads in parts: whole at the end, nothing before, resumable in between."""

import hashlib
import io
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.storage.base import Entry, Storage
from pipeline.storage.uploads import Part, Unfinished, Upload
from tests.support.backends import BACKENDS

ROOT = Path(__file__).parents[2]

KEY = "masters/0123456789/film.mov"
PART_SIZE = 5 << 20
"""The least that S3 takes."""

Piece = tuple[Part, bytes]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def storage(backend: str, tmp_path: Path) -> Storage:
    return BACKENDS[backend](tmp_path)


def pieces(seed: int, *, last: int = 1000) -> list[Piece]:
    """Three parts of an object, the last of `last` bytes."""
    source = random.Random(seed)
    bodies = [source.randbytes(PART_SIZE), source.randbytes(PART_SIZE), source.randbytes(last)]
    return [(part(number, body), body) for number, body in enumerate(bodies, 1)]


def part(number: int, body: bytes) -> Part:
    return Part(number, len(body), hashlib.sha256(body).hexdigest())


def parts_of(film: Sequence[Piece]) -> list[Part]:
    return [part for part, _ in film]


def whole(film: Sequence[Piece]) -> bytes:
    return b"".join(body for _, body in film)


def send(upload: Upload, film: Sequence[Piece]) -> None:
    for part, body in film:
        upload.put(part, io.BytesIO(body))


def read(storage: Storage) -> bytes:
    with storage.open(KEY) as file:
        return file.read()


@contextmanager
def resumed(storage: Storage) -> Iterator[Upload]:
    upload = storage.uploads.resume(KEY, PART_SIZE)
    assert upload is not None
    with closing(upload):
        yield upload


@contextmanager
def begun(storage: Storage) -> Iterator[Upload]:
    with closing(storage.uploads.begin(KEY, PART_SIZE)) as upload:
        yield upload


def unfinished(storage: Storage) -> list[Unfinished]:
    return list(storage.uploads.unfinished("masters"))


FILM = pieces(1)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_parts_come_in_any_order(storage: Storage, order: tuple[int, ...]) -> None:
    with begun(storage) as upload:
        send(upload, [FILM[n] for n in order])
        upload.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)
    assert unfinished(storage) == []


def test_parts_come_at_once(storage: Storage) -> None:
    with begun(storage) as upload, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda piece: send(upload, [piece]), FILM))
        upload.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)


def test_one_part_may_be_all(storage: Storage) -> None:
    film = [(part(1, b"x"), b"x")]
    with begun(storage) as upload:
        send(upload, film)
        upload.complete(parts_of(film))
    assert read(storage) == b"x"


def test_an_object_appears_whole_when_it_is_completed(storage: Storage) -> None:
    with begun(storage) as upload:
        for piece in FILM:
            assert (storage.head(KEY), list(storage.list("masters"))) == (None, [])
            send(upload, [piece])
        assert storage.head(KEY) is None
        upload.complete(parts_of(FILM))
        assert storage.head(KEY) == Entry(KEY, 2 * PART_SIZE + 1000)
    assert list(storage.list("masters")) == [Entry(KEY, 2 * PART_SIZE + 1000)]


def test_who_has_the_object_open_keeps_it_while_it_is_replaced(storage: Storage) -> None:
    storage.put(KEY, b"before")
    with storage.open(KEY) as old, begun(storage) as upload:
        send(upload, FILM)
        upload.complete(parts_of(FILM))
        assert old.read() == b"before"
    assert read(storage) == whole(FILM)


def test_an_upload_is_resumed_where_it_was_left(storage: Storage) -> None:
    with begun(storage) as upload:
        send(upload, FILM[1:2])
    with resumed(storage) as again:
        assert (again.key, again.id) == (KEY, upload.id)
        assert again.missing(parts_of(FILM)) == [FILM[0][0], FILM[2][0]]
        send(again, [FILM[0], FILM[2]])
        assert again.missing(parts_of(FILM)) == []
        again.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)


def test_an_upload_in_parts_of_another_size_is_not_resumed(storage: Storage) -> None:
    with begun(storage) as upload:
        send(upload, FILM[:2])
    assert storage.uploads.resume(KEY, PART_SIZE + (1 << 20)) is None
    with resumed(storage) as again:
        assert again.missing(parts_of(FILM)) == [FILM[2][0]]


def test_what_was_never_begun_or_is_done_is_not_resumed(storage: Storage) -> None:
    assert storage.uploads.resume(KEY, PART_SIZE) is None
    with begun(storage) as upload:
        send(upload, FILM)
        upload.complete(parts_of(FILM))
    assert storage.uploads.resume(KEY, PART_SIZE) is None
    with closing(storage.uploads.begin("masters/other", PART_SIZE)):
        pass
    assert storage.uploads.resume(KEY, PART_SIZE) is None


CLIENT = """
import io
import sys
from pathlib import Path
from tests.contract.test_multipart import BACKENDS, FILM, KEY, PART_SIZE

class Stuck:
    def __init__(self, body):
        self.body = body

    def read(self, count=-1):
        if not self.body:
            print("stuck", flush=True)
            sys.stdin.read()
        block, self.body = self.body[:count], b""
        return block

upload = BACKENDS[sys.argv[1]](Path(sys.argv[2])).uploads.begin(KEY, PART_SIZE)
upload.put(FILM[1][0], io.BytesIO(FILM[1][1]))
upload.put(FILM[0][0], Stuck(FILM[0][1][:PART_SIZE // 2]))
"""


def test_an_upload_is_resumed_by_another_process_after_sigkill_in_mid_part(
    storage: Storage, backend: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", CLIENT, backend, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "stuck\n"
        client.kill()
    with resumed(storage) as upload:
        assert upload.missing(parts_of(FILM)) == [FILM[0][0], FILM[2][0]]
        send(upload, [FILM[0], FILM[2]])
        upload.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)


@pytest.mark.parametrize(
    "arrived",
    [b"\x00" + FILM[0][1][1:], FILM[0][1][:-1], b""],
    ids=["other", "short", "nothing"],
)
def test_a_part_that_is_not_what_was_sent_is_refused(storage: Storage, arrived: bytes) -> None:
    with begun(storage) as upload:
        send(upload, FILM[1:])
        with pytest.raises(StorageError):
            upload.put(FILM[0][0], io.BytesIO(arrived))
        assert upload.missing(parts_of(FILM)) == [FILM[0][0]]
        send(upload, FILM[:1])
        upload.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)


def test_a_part_sent_again_takes_the_place_of_the_first(storage: Storage) -> None:
    other = pieces(2)
    with begun(storage) as upload:
        send(upload, [*FILM, other[1]])
        assert upload.missing(parts_of(FILM)) == [FILM[1][0]]
        upload.complete([FILM[0][0], other[1][0], FILM[2][0]])
    assert read(storage) == FILM[0][1] + other[1][1] + FILM[2][1]


def test_a_shorter_last_part_takes_the_place_of_a_longer_one(storage: Storage) -> None:
    shorter = [*FILM[:2], pieces(1, last=10)[2]]
    with begun(storage) as upload:
        send(upload, [*FILM, shorter[2]])
        upload.complete(parts_of(shorter))
    assert read(storage) == whole(shorter)


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_an_upload_is_not_completed_without_all_its_parts(storage: Storage, lacking: int) -> None:
    with begun(storage) as upload:
        send(upload, [piece for n, piece in enumerate(FILM) if n != lacking])
        with pytest.raises(StorageError):
            upload.complete(parts_of(FILM))
        assert storage.head(KEY) is None
        send(upload, [FILM[lacking]])
        upload.complete(parts_of(FILM))
    assert read(storage) == whole(FILM)


@pytest.mark.parametrize(
    "parts",
    [[], parts_of(FILM)[::-1], parts_of(FILM)[1:], [*parts_of(FILM), FILM[2][0]], parts_of(pieces(2))],
    ids=["none", "backwards", "no first", "last twice", "other bytes"],
)
def test_what_are_not_the_object_s_parts_do_not_complete_it(storage: Storage, parts: list[Part]) -> None:
    with begun(storage) as upload:
        send(upload, FILM)
        with pytest.raises(StorageError):
            upload.complete(parts)
    assert storage.head(KEY) is None


def test_parts_before_the_last_are_not_smaller_than_said(storage: Storage) -> None:
    film = [(part(1, b"small"), b"small"), (part(2, FILM[1][1]), FILM[1][1])]
    with begun(storage) as upload:
        send(upload, film)
        with pytest.raises(StorageError):
            upload.complete(parts_of(film))
    assert storage.head(KEY) is None


def test_two_uploads_of_one_key_do_not_mix(storage: Storage) -> None:
    other = pieces(2, last=77)
    with begun(storage) as first, begun(storage) as second:
        for mine, others in zip(FILM, other, strict=True):
            send(first, [mine])
            send(second, [others])
        first.complete(parts_of(FILM))
        assert read(storage) == whole(FILM)
        second.complete(parts_of(other))
    assert read(storage) == whole(other)
    assert unfinished(storage) == []


def test_who_resumes_what_another_still_writes_corrupts_nothing(storage: Storage) -> None:
    """With other bytes even: at most one of them gets an error."""
    other = pieces(2)
    with begun(storage) as first:
        send(first, FILM[:1])
        second = storage.uploads.resume(KEY, PART_SIZE) or storage.uploads.begin(KEY, PART_SIZE)
        with closing(second):
            for mine, others in zip(FILM, other, strict=True):
                send(second, [others])
                send(first, [mine])
            for upload, film in ((first, FILM), (second, other)):
                with suppress(StorageError):
                    upload.complete(parts_of(film))
    assert read(storage) in (whole(FILM), whole(other))


def test_abandoned_uploads_are_listed_with_their_age(storage: Storage) -> None:
    before = time.time()
    with begun(storage) as film:
        send(film, FILM[:1])
    with closing(storage.uploads.begin("masters/other/a.mp4", PART_SIZE)) as other:
        pass
    with closing(storage.uploads.begin("mastersother/a.mp4", PART_SIZE)):
        pass
    listed = unfinished(storage)
    assert {(upload.key, upload.id) for upload in listed} == {(KEY, film.id), (other.key, other.id)}
    # Some storages tell whole seconds.
    assert all(before - 2 < upload.since < time.time() + 2 for upload in listed)
    assert [upload.id for upload in storage.uploads.unfinished("masters/other")] == [other.id]


def test_an_aborted_upload_leaves_nothing(storage: Storage) -> None:
    with begun(storage) as upload:
        send(upload, FILM)
    (left,) = unfinished(storage)
    storage.uploads.abort(left.key, left.id)
    assert unfinished(storage) == []
    assert storage.uploads.resume(KEY, PART_SIZE) is None
    assert storage.head(KEY) is None
    storage.uploads.abort(left.key, left.id)


def test_an_upload_is_aborted_under_its_key_alone(storage: Storage) -> None:
    with begun(storage) as upload:
        pass
    with suppress(StorageError):
        storage.uploads.abort("masters/other", upload.id)
    assert [left.id for left in unfinished(storage)] == [upload.id]


@pytest.mark.parametrize("act", ["abort", "complete"])
def test_who_writes_an_upload_that_another_ended_is_told(storage: Storage, act: str) -> None:
    with begun(storage) as upload:
        send(upload, FILM)
        if act == "abort":
            storage.uploads.abort(KEY, upload.id)
        else:
            upload.complete(parts_of(FILM))
        with pytest.raises(StorageError):
            upload.put(FILM[0][0], io.BytesIO(FILM[0][1]))
        with pytest.raises(StorageError):
            upload.complete(parts_of(FILM))
    assert unfinished(storage) == []
    assert (storage.head(KEY) is None) == (act == "abort")


@pytest.mark.parametrize("key", ["", "../a", "/etc/passwd", "a/.hidden", "a//b"])
def test_keys_that_lead_elsewhere_are_refused(storage: Storage, key: str) -> None:
    operations: list[Callable[[], object]] = [
        lambda: storage.uploads.begin(key, PART_SIZE),
        lambda: storage.uploads.resume(key, PART_SIZE),
        lambda: list(storage.uploads.unfinished(key)),
        lambda: storage.uploads.abort(key, "id"),
    ]
    for operation in operations:
        with pytest.raises(StorageError, match="is not a storage key"):
            operation()


@pytest.mark.parametrize(("number", "size", "digits"), [(0, 1, 64), (10_001, 1, 64), (1, 0, 64), (1, 1, 63)])
def test_no_part_is_impossible(number: int, size: int, digits: int) -> None:
    with pytest.raises(ValueError, match="cannot be a part of an upload"):
        Part(number, size, "0" * digits)
