"""Which ladders and which title a call of `telecine encode` means."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ladders.load import MAX_CHARACTERS
from pipeline.cli import encode as command
from pipeline.cli import main
from pipeline.cli.ladders import chosen_ladders
from pipeline.errors import BadMasterError, UsageError
from pipeline.job import checked_slug, slug_of

OWN = """
name: own
codec: av1
preset: "12"
rungs: [{name: "90", box: [160, 90], crf: 50, maxrate: 100000, bufsize: 200000}]
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    return str(path)


def names(given: tuple[str, ...], codec: str | None) -> list[str]:
    return [ladder.name for ladder in chosen_ladders(given, codec)]


@pytest.mark.parametrize(
    ("given", "codec", "chosen"),
    [
        ((), None, ["h264"]),
        ((), "av1", ["av1"]),
        ((), "h264,av1", ["h264", "av1"]),
        ((), " av1 , h264 ", ["av1", "h264"]),
        ((), "h264,h264", ["h264"]),
        (("av1",), None, ["av1"]),
        (("av1", "h264"), None, ["av1", "h264"]),
        (("h264",), "h264,av1", ["h264", "av1"]),
        (("OWN",), None, ["own"]),
        (("OWN",), "h264,av1", ["h264", "own"]),
    ],
)
def test_one_ladder_a_codec(own: str, given: tuple[str, ...], codec: str | None, chosen: list[str]) -> None:
    assert names(tuple(own if name == "OWN" else name for name in given), codec) == chosen


@pytest.mark.parametrize(
    ("given", "codec", "message"),
    [
        ((), "vp9", "--codec 'vp9': 'vp9' is not one of h264, av1"),
        ((), "", "--codec '': '' is not one of h264, av1"),
        ((), "h264,", "--codec 'h264,': '' is not one of h264, av1"),
        (("OWN", "av1"), None, "--ladder: two ladders are of the same codec; give one for each"),
        (("h264", "h264"), None, "--ladder: two ladders are of the same codec; give one for each"),
        (("OWN",), "h264", "--ladder: the ladder for av1 is not wanted by --codec h264"),
        (("none",), None, "--ladder none: neither a file nor a shipped ladder (av1, h264)"),
        (("/",), None, "--ladder /: neither a file nor a shipped ladder (av1, h264)"),
    ],
)
def test_contradictions_are_refused(
    own: str, given: tuple[str, ...], codec: str | None, message: str
) -> None:
    with pytest.raises(UsageError) as error:
        names(tuple(own if name == "OWN" else name for name in given), codec)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [", "line 1: not YAML"),
        (b"name: \xff\xfe", "own.yaml: not a text file in UTF-8"),
        (b"x" * (MAX_CHARACTERS + 1), "a ladder file has at most 64000 characters"),
    ],
)
def test_a_ladder_file_that_cannot_be_used(own: str, content: bytes, message: str) -> None:
    Path(own).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        chosen_ladders((own,), None)


@pytest.mark.timeout(30)
def test_of_an_endless_ladder_file_only_a_page_is_read(tmp_path: Path) -> None:
    endless = tmp_path / "endless.yaml"
    with endless.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UsageError, match="a ladder file has at most"):
        chosen_ladders((str(endless),), None)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("film", "film"),
        ("Big Buck Bunny (2008)", "big-buck-bunny-2008"),
        ("--a__b..c--", "a-b-c"),
        ("Das Café", "das-caf"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 99 + "-y", "x" * 99),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_title_is_made_of_the_file_s_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug
    assert checked_slug(slug) == slug


@pytest.mark.parametrize("name", ["", "日本語", "...", "🎬"])
def test_a_name_no_title_can_be_made_of(name: str) -> None:
    with pytest.raises(UsageError, match="give one with --title"):
        slug_of(name)


@pytest.mark.parametrize("title", ["", "A", "a b", "a--b", "-a", "a-", "a/b", "..", "ü", "a\n", "x" * 101])
def test_a_title_that_no_url_could_carry(title: str) -> None:
    with pytest.raises(UsageError, match="use lower-case letters, digits and single hyphens"):
        checked_slug(title)


def test_a_refused_master_takes_no_folder_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command began to use the new folder while this one was still reading its master."""
    root = tmp_path / "site"
    master = tmp_path / "film.wav"
    master.write_bytes(b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data\0\0\0\0")

    def run_job(*_: object) -> None:
        (root / "titles/other").mkdir(parents=True)
        (root / "titles/other/master.m3u8").write_text("#EXTM3U\n")
        raise BadMasterError("cut short")

    monkeypatch.setattr(command, "run_job", run_job)
    result = CliRunner().invoke(main, ["encode", str(master), "-o", str(root)])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (3, "telecine: cut short")
    assert (root / "titles/other/master.m3u8").is_file()
    assert (root / "catalog.db").is_file()


def test_an_interrupt_before_the_job_begins_ends_as_one_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "probe", interrupted)
    result = CliRunner().invoke(main, ["encode", "film.mov", "--json"])
    event = json.loads(result.stdout)
    assert (event["event"], event["error"], event["exit_code"]) == ("failed", "StoppedError", 130)
    assert (result.exit_code, result.stderr) == (130, f"telecine: {event['message']}\n")
