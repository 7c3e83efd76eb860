"""ffmpeg is given a stored master by ranges only where it then says nothing."""

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from ladders.model import AudioRung
from pipeline.errors import EncodeError
from pipeline.ffmpeg.argv import encode_audio
from pipeline.ffmpeg.probe import probe
from pipeline.ffmpeg.run import Children, Usage
from pipeline.ffmpeg.source import Input, Remote, input_environment
from pipeline.masters.keys import master_key
from pipeline.masters.reading import Masters
from pipeline.settings import Settings
from pipeline.storage.local import LocalStorage
from tests.support.ranges import RangeServer, range_server

STEREO = AudioRung(name="aac128", codec="aac", bitrate=128_000, sample_rate=48_000, channels=2)
SECONDS = 20


@pytest.fixture(scope="session")
def film(media: Callable[..., Path]) -> Path:
    """Its index is in front, so that half of it plays."""
    sound = ("-f", "lavfi", "-i", f"sine=d={SECONDS}", "-c:a", "pcm_s16le")
    return media("sound.mov", *sound, "-movflags", "+faststart")


class Served(LocalStorage):
    """A folder whose objects are read at a server."""

    def __init__(self, root: Path, server: RangeServer) -> None:
        super().__init__(root, root / "tmp")
        self.server = server

    def url(self, key: str, seconds: int = 0) -> str:
        return f"{self.server.url}/{key}?X-Amz-Expires={seconds}&X-Amz-Signature=c0ffee"


@pytest.fixture
def server(film: Path) -> Iterator[RangeServer]:
    with range_server(film.read_bytes()) as server:
        yield server


@pytest.fixture
def key(film: Path) -> str:
    return master_key(hashlib.sha256(film.read_bytes()).hexdigest(), film.name)


@pytest.fixture
def masters(film: Path, server: RangeServer, key: str, tmp_path: Path) -> Masters:
    storage = Served(tmp_path / "storage", server)
    storage.put(key, film.read_bytes())
    return Masters(storage, Settings(root=tmp_path, jobs=1), lambda: None)


class Encoder:
    """Encodes the sound; `inputs` are what it was given."""

    def __init__(self, ffmpeg: str, film: Path, out: Path) -> None:
        self.ffmpeg = ffmpeg
        self.stream = probe(film).audio[0]
        self.out = out
        self.inputs: list[Input] = []

    def __call__(self, master: Input) -> Usage:
        self.inputs.append(master)
        samples = SECONDS * STEREO.sample_rate
        argv = encode_audio(self.ffmpeg, master, self.stream, Fraction(0), samples, STEREO, self.out)
        return Children().run(argv, environment=input_environment(master))

    def digest(self) -> str:
        return hashlib.sha256(self.out.read_bytes()).hexdigest()


@pytest.fixture
def encoder(ffmpeg: str, film: Path, tmp_path: Path) -> Encoder:
    return Encoder(ffmpeg, film, tmp_path / "audio.mp4")


@pytest.fixture
def right(encoder: Encoder, film: Path) -> str:
    """What the whole sound is encoded to."""
    encoder(film)
    encoder.inputs.clear()
    return encoder.digest()


def read(masters: Masters, key: str, encoder: Encoder) -> Usage:
    return masters.read(key, "mov,mp4,m4a,3gp,3g2,mj2", 900.4, encoder)


def copied(masters: Masters) -> bool:
    return (masters.settings.root / "cache/masters").exists()


def test_by_ranges(masters: Masters, key: str, encoder: Encoder, right: str, server: RangeServer) -> None:
    assert read(masters, key, encoder).stderr == ""
    assert [type(master) for master in encoder.inputs] == [Remote]
    assert {request.path for request in server.requests} == {
        f"/{key}?X-Amz-Expires=900&X-Amz-Signature=c0ffee"
    }
    assert (encoder.digest(), copied(masters)) == (right, False)


def test_a_connection_that_is_taken_up_again_is_nobody_s_business(
    masters: Masters, key: str, encoder: Encoder, right: str, server: RangeServer
) -> None:
    server.breaks = 1
    assert read(masters, key, encoder).stderr == ""
    assert len(server.requests) > 1
    assert (encoder.digest(), copied(masters)) == (right, False)


def test_sound_that_breaks_off_is_not_taken_for_silence(
    masters: Masters, key: str, encoder: Encoder, right: str, server: RangeServer
) -> None:
    """ffmpeg fills it up to the length asked for, and exits with 0."""
    server.breaks, server.refuses_rest = 1, True
    read(masters, key, encoder)
    assert [type(master) is Remote for master in encoder.inputs] == [True, False]
    assert (encoder.digest(), copied(masters)) == (right, True)


def test_where_a_copy_is_it_is_read(
    masters: Masters, key: str, encoder: Encoder, server: RangeServer
) -> None:
    """A master that ffmpeg complains of is thus not encoded twice for each of its chunks."""
    with masters.copies.of(key, lambda: None) as path:
        read(masters, key, encoder)
        assert encoder.inputs == [path]
        with masters.whole(key, "mov,mp4,m4a,3gp,3g2,mj2") as whole:
            assert whole == path
    assert server.requests == []


def test_what_a_copy_does_not_mend_is_told(
    masters: Masters, key: str, encoder: Encoder, server: RangeServer
) -> None:
    encoder.out = encoder.out / "nowhere"
    with pytest.raises(EncodeError, match="No such file or directory"):
        read(masters, key, encoder)
    assert [type(master) is Remote for master in encoder.inputs] == [True, False]


def test_a_file_is_read_where_it_is(masters: Masters, film: Path, encoder: Encoder) -> None:
    read(masters, str(film), encoder)
    assert encoder.inputs == [film]
