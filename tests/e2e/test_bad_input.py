"""What cannot be encoded is refused with one sentence and the right exit code, and leaves nothing behind."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.support.site import TELECINE, Site, run

BAD_MASTER, USAGE, STORAGE = 3, 2, 7


def _refused(site: Site, command: list[str], code: int) -> str:
    """The sentence."""
    done = run(command)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("telecine: ")]
    assert len(said) == 1, done.stderr
    return said[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("empty.mp4", "", "the file is empty"),
        ("notes.mp4", "Dear editor,\nhere is the film.\n", "this is a text file"),
        ("film.m3u8", "#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n", "an HLS playlist"),
        ("posing.mp4", "#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:9/seg.ts\n", "an HLS playlist"),
        ("list.mov", "ffconcat version 1.0\nfile /etc/passwd\n", "a concat list"),
        ("list2.mov", "file '/etc/passwd'\n", "a concat list"),
        (
            "film.mpd",
            '<?xml version="1.0"?>\n<MPD type="static"><BaseURL>file:/etc/</BaseURL></MPD>',
            "DASH manifest",
        ),
    ],
)
def test_files_that_are_no_masters(site: Site, tmp_path: Path, name: str, text: str, said: str) -> None:
    master = tmp_path / name
    master.write_text(text)
    assert said in _refused(site, site.command(master), BAD_MASTER)
    assert not site.root.exists()


def test_a_missing_master_and_a_folder(site: Site, tmp_path: Path) -> None:
    assert "no such file" in _refused(site, site.command(tmp_path / "nothing.mov"), BAD_MASTER)
    assert "not a file" in _refused(site, site.command(tmp_path), BAD_MASTER)
    assert not site.root.exists()


def test_a_truncated_master_leaves_nothing(site: Site, short_master: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    moov_first = ["-c", "copy", "-movflags", "+faststart", str(whole)]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(short_master), *moov_first], check=True
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "the file is cut short: it declares 26.0 s" in _refused(site, site.command(cut), BAD_MASTER)
    assert not site.root.exists()


def test_a_refused_master_leaves_other_titles_alone(site: Site, short_master: Path, tmp_path: Path) -> None:
    site.encode(short_master)
    before = sorted(str(p) for p in site.root.rglob("*"))
    bad = tmp_path / "notes.mp4"
    bad.write_bytes(b"\0" * 5000)
    _refused(site, site.command(bad), BAD_MASTER)
    assert sorted(str(p) for p in site.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ladder", "nosuch"], "neither a file nor a shipped ladder (av1, h264)"),
        (["--codec", "h264,vp9"], "'vp9' is not one of h264, av1"),
        (["--title", "Big Film"], "use lower-case letters"),
        (["--title", ""], "use lower-case letters"),
        (["--title", "../etc"], "use lower-case letters"),
    ],
)
def test_wrong_options(site: Site, short_master: Path, options: list[str], said: str) -> None:
    command = [*TELECINE, "encode", str(short_master), "-o", str(site.root), *options]
    assert said in _refused(site, command, USAGE)
    assert not site.root.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n  codec: [", "line 2"),
        ("name: x\ncodec: vp9\npreset: a\nrungs: []\n", "$.codec"),
        ("name: x\ncodec: h264\npreset: fast\nrungs: []\ncolour: red\n", "colour"),
        ("name: x\ncodec: h264\npreset: fast\nrungs: []\n", "at least one rung"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_bad_ladders_name_the_place(
    site: Site, short_master: Path, tmp_path: Path, text: str, said: str
) -> None:
    ladder = tmp_path / "bad.yaml"
    ladder.write_text(text)
    command = [*TELECINE, "encode", str(short_master), "-o", str(site.root), "--ladder", str(ladder)]
    sentence = _refused(site, command, USAGE)
    assert "bad.yaml" in sentence
    assert said in sentence
    assert not site.root.exists()


def test_an_output_that_cannot_be_written(site: Site, short_master: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder is due")
    command = [*TELECINE, "encode", str(short_master), "-o", str(tmp_path / "taken" / "site")]
    said = _refused(site, command, STORAGE)
    assert "cannot write to" in said
    assert "name a folder that can be written with -o" in said
