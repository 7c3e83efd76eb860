"""What cannot be a master is refused in one sentence, and nothing that it names is opened."""

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import BadMasterError, EncodeError
from pipeline.ffmpeg.probe import opened, probe
from pipeline.ffmpeg.run import Children
from pipeline.ffmpeg.source import INPUT_OPTIONS

Media = Callable[..., Path]

NOBODY = 65_534


def refusal(path: Path) -> str:
    """The sentence, without the path that it begins with."""
    with pytest.raises(BadMasterError) as error:
        probe(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_what_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "none.mov") == "no such file"
    assert refusal(tmp_path / "file" / "none.mov") == "no such file"
    assert refusal(tmp_path) == "not a file; name the master itself"
    assert refusal(tmp_path / "pipe") == "not a file; name the master itself"
    assert refusal(Path("/dev/zero")) == "not a file; name the master itself"
    assert refusal(tmp_path / "loop") == "cannot be read: Too many levels of symbolic links"
    assert refusal(tmp_path / ("x" * 300)) == "cannot be read: File name too long"


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\nhttp://127.0.0.1:9/a.ts\n"
CONCAT = b"file '/etc/passwd'\nfile 'http://127.0.0.1:9/a.ts'\n"
DASH = b'<?xml version="1.0"?>\n<MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>'
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"
NAMES = "which names other files; give the media file itself"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; copy or export it again"),
        (b"Dear editor,\r\nhere is the film.\n", "this is a text file, not a media file"),
        ("große Töne ".encode() * 1000, "this is a text file, not a media file"),
        (b"\n\n" + "日本語".encode() * 2000, "this is a text file, not a media file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "this is a text file, not a media file"),
        (PLAYLIST, f"this is an HLS playlist, {NAMES}"),
        (b"\xef\xbb\xbf\n " + PLAYLIST, f"this is an HLS playlist, {NAMES}"),
        (PLAYLIST + b"\0\0\0", f"this is an HLS playlist, {NAMES}"),
        (b"ffconcat version 1.0\n" + CONCAT, f"this is a concat list, {NAMES}"),
        (CONCAT, f"this is a concat list, {NAMES}"),
        (DASH, f"this is a DASH manifest, {NAMES}"),
        (SDP, f"this is SDP, {NAMES}"),
        (b"\xff", "not a media file that can be read (Invalid data found when processing input)"),
        (bytes(100_000), "not a media file that can be read (Invalid data found when processing input)"),
        (b"\0" + PLAYLIST, "not a media file that can be read (Invalid data found when processing input)"),
        (
            b"\xff\xfe" + PLAYLIST.decode().encode("utf-16le"),
            "not a media file that can be read (Invalid data found when processing input)",
        ),
    ],
)
def test_content_counts_not_the_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert refusal(path) == message


@pytest.mark.parametrize("name", ["film.m3u8", "film.mpd", "film.ffconcat"])
def test_even_what_is_not_recognised_is_not_followed(ffmpeg: str, tmp_path: Path, name: str) -> None:
    """The list of formats, not the sniffing, is what keeps references closed: these would all play."""
    loud = [ffmpeg, "-nostdin", "-loglevel", "error"]
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-c:v", "libx264"]
    if name.endswith("ffconcat"):
        (tmp_path / name).write_text("ffconcat version 1.0\nfile secret.mp4\n")
        Children().run([*loud, *pictures, str(tmp_path / "secret.mp4")])
    else:
        Children().run([*loud, *pictures, str(tmp_path / name)])
    decode = ["-i", f"file:{tmp_path / name}", "-f", "null", "-"]
    Children().run([*loud, *decode])
    ours = [word for key, value in INPUT_OPTIONS.items() for word in (f"-{key}", value)]
    with pytest.raises(EncodeError, match="Error opening input"):
        Children().run([*loud, *ours, *decode])
    with pytest.raises(BadMasterError), opened(tmp_path / name):
        pass


def test_only_files_are_opened_never_hosts(ffmpeg: str) -> None:
    """A server that would accept is asked for nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/film.mp4"
        ours = [word for key, value in INPUT_OPTIONS.items() for word in (f"-{key}", value)]
        with pytest.raises(EncodeError) as error:
            Children().run([ffmpeg, "-nostdin", "-loglevel", "error", *ours, "-i", url, "-f", "null", "-"])
        assert "Protocol 'http' not on whitelist 'file'!" in error.value.evidence
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that others may search, outside pytest's own, which they may not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything; for the test's time we are not root."""
    if os.getuid() == 0:
        os.setresuid(NOBODY, NOBODY, 0)
        yield
        os.setresuid(0, 0, 0)
    else:
        yield


@pytest.mark.parametrize("closed", ["film.mp4", "."])
def test_what_may_not_be_read(closed_folder: Path, request: pytest.FixtureRequest, closed: str) -> None:
    path = closed_folder / "film.mp4"
    path.write_bytes(b"\0" * 100)
    (closed_folder / closed).chmod(0)
    request.getfixturevalue("nobody")
    assert refusal(path) == "no permission to read it; check its mode and owner"


def test_a_container_without_a_stream_to_decode(media: Media, tmp_path: Path) -> None:
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nhi\n")
    subtitles = media("words.mkv", "-i", words)
    assert refusal(subtitles) == "no video or audio stream that can be decoded; export the master again"


def test_a_picture_that_decodes_to_more_than_memory(media: Media) -> None:
    wide = media("wide.mkv", "-f", "lavfi", "-i", "color=s=16400x16:d=0.1", "-c:v", "ffv1")
    assert refusal(wide) == "the picture is 16400x16 pixels; at most 16384 a side can be encoded"
