"""`--drm` and what goes with it: what is asked for, and what is refused."""

import json
from pathlib import Path

import pytest

from pipeline.cli.drm import Wanted, chosen
from pipeline.drm import Drm
from pipeline.errors import KeysError
from pipeline.keys.opening import open_keys
from pipeline.runner.site import Site
from tests.unit.cli.client import Client
from tests.unit.keys.spelling import spellings
from tests.unit.runner.jobs import spec_of

SECRETS = {"audio": "00112233445566778899001122334455", "sd": "ab" * 16}
GIVEN = {
    "audio": ("01" * 16, SECRETS["audio"]),
    "sd": ("02020202-0202-0202-0202-020202020202", SECRETS["sd"]),
}


def written(path: Path, pairs: dict[str, tuple[str, str]], mode: int = 0o600) -> Path:
    path.write_text(json.dumps({name: {"kid": kid, "key": key} for name, (kid, key) in pairs.items()}))
    path.chmod(mode)
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return written(tmp_path / "keys.json", GIVEN)


def want(
    scheme: str = "cbcs",
    *,
    lead: int = 0,
    keys: Path | None = None,
    cpix: str | None = None,
    systems: str = "clearkey",
) -> Wanted:
    return chosen(scheme, lead, keys, cpix, systems)


def test_nothing_is_encrypted_unless_it_is_asked_for() -> None:
    assert want("none") == Wanted(None, {})


def test_what_was_asked_for() -> None:
    assert want("cbcs", lead=6, systems="clearkey, widevine,widevine").drm == Drm(
        scheme="cbcs", clear_lead=6, systems=("clearkey", "widevine")
    )
    assert want("cenc").drm == Drm(scheme="cenc")
    assert want("aes-128").drm == Drm(scheme="aes-128")


def test_a_key_service_is_named_in_the_job() -> None:
    drm = want(cpix="https://keys.example/speke").drm
    assert drm is not None
    assert drm.source == "https://keys.example/speke"


def test_given_keys_are_named_by_their_ids(keys: Path) -> None:
    wanted = want(keys=keys)
    assert wanted.drm is not None
    assert wanted.drm.source == "given"
    assert wanted.drm.kids == ("audio:" + "01" * 16, "sd:" + "02" * 16)
    shown = repr(wanted) + repr(wanted.drm)
    assert [secret for secret in SECRETS.values() if secret in shown] == []


def test_given_keys_are_where_the_steps_of_their_job_find_them(site: Site, master: Path, keys: Path) -> None:
    spec = spec_of(master)
    want(keys=keys).give(site, spec)
    want(keys=keys).give(site, spec)
    vault = open_keys(site.catalog, site.settings.root).vault
    found = {name: one.key.reveal().hex() for name, one in vault.of_owner(spec.id).items()}
    assert found == SECRETS


def test_workers_find_the_keys_that_came_with_an_upload(
    client: Client, site: Site, master: Path, keys: Path
) -> None:
    version = client.publish(master, "--drm", "cenc", "--keys", str(keys))
    folder = site.settings.root / "titles/film/v" / version
    assert f"KEYID=0x{'02' * 16}" in (folder / "video/h264-90/media.m3u8").read_text()
    clear = client.run("decrypt", folder / "video/h264-90/seg-00001.m4s", "--title", "film")
    assert b"moof" in clear.stdout_bytes


def test_one_id_is_not_taken_for_two_keys(site: Site, master: Path, keys: Path, tmp_path: Path) -> None:
    want(keys=keys).give(site, spec_of(master))
    other = written(tmp_path / "other.json", {"sd": (GIVEN["sd"][0], "cd" * 16)})
    with pytest.raises(KeysError, match="is that of another key of the title film") as error:
        want(keys=other).give(site, spec_of(master, "sequel"))
    assert "cd" * 16 not in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--clear-lead", "4"], "--systems are for what is encrypted: add --drm cbcs"),
        (["--keys", "KEYS"], "--systems are for what is encrypted: add --drm cbcs"),
        (["--cpix", "https://keys.example"], "--systems are for what is encrypted: add --drm cbcs"),
        (["--systems", "widevine"], "--systems are for what is encrypted: add --drm cbcs"),
        (["--drm", "cbcs", "--keys", "KEYS", "--cpix", "https://keys.example"], "not from both"),
        (["--drm", "aes-128", "--clear-lead", "4"], "with --drm aes-128 all segments are encrypted"),
        (["--drm", "aes-128", "--systems", "widevine"], "players ask for the key itself, and no DRM system"),
        (["--drm", "cenc", "--systems", "clearkey,fairplay"], "FairPlay has no cenc; use --drm cbcs"),
        (["--drm", "cbcs", "--systems", "primetime"], "no system 'primetime'; there are clearkey, widevine"),
        (["--drm", "cbcs", "--systems", ""], "no system ''"),
        (["--drm", "cbcs", "--cpix", "https://keys.example/?token=s3cret"], "everybody sees what follows"),
        (["--drm", "cbcs", "--cpix", "http://keys.example/"], "https"),
        (["--drm", "cbcs", "--keys", "ABSENT"], "no such file"),
        (["--drm", "cbc1"], "'cbc1' is not one of 'cbcs', 'cenc', 'aes-128', 'none'"),
        (["--drm", "cbcs", "--clear-lead", "-1"], "-1 is not in the range"),
    ],
)
@pytest.mark.parametrize("command", ["encode", "upload", "package"])
def test_options_that_do_not_go_together(
    client: Client, site: Site, master: Path, keys: Path, command: str, options: list[str], said: str
) -> None:
    named = {"KEYS": str(keys), "ABSENT": str(keys.with_name("absent"))}
    words = [named.get(word, word) for word in options]
    result = client.run(command, "film" if command == "package" else master, *words, code=2)
    assert said in result.stderr
    assert site.catalog.jobs.recent(1) == []


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("{}", 0o644, "can be read by others: `chmod 600 "),
        ('{"hd": {"kid": "0101", "key": "SECRET00"}}', 0o600, "hd must have `kid` and `key`"),
        (f"8k: {{kid: {'01' * 16}, key: {SECRETS['sd']}}}", 0o600, "no class of that name"),
        (f"sd: [{SECRETS['sd']}", 0o600, "neither YAML nor JSON"),
    ],
)
def test_a_file_of_keys_that_cannot_be_used(
    client: Client, master: Path, tmp_path: Path, text: str, mode: int, said: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    file.chmod(mode)
    result = client.run("encode", master, "--drm", "cbcs", "--keys", file, code=2)
    assert said in result.stderr
    told = result.output + repr(result.exception)
    assert "SECRET00" not in told
    assert not any(word in told.encode() for word in spellings(bytes.fromhex(SECRETS["sd"])))


def test_a_class_without_a_key_is_missed_before_anything_is_encoded(
    client: Client, site: Site, master: Path, tmp_path: Path
) -> None:
    lacking = written(tmp_path / "audio.json", {"audio": GIVEN["audio"]})
    ladder = tmp_path / "tiny30.yaml"
    options = ("--title", "film", "--ladder", ladder, "--drm", "cbcs")
    result = client.run("encode", master, *options, "--keys", lacking, code=9)
    assert "film: no key of the class sd was given; add it to the file of keys" in result.stderr
    assert not (site.settings.root / "titles").exists()


def test_a_lead_as_long_as_the_title(client: Client, master: Path, tmp_path: Path) -> None:
    ladder = tmp_path / "tiny30.yaml"
    options = ("--title", "film", "--ladder", ladder, "--drm", "cbcs", "--clear-lead", "1")
    result = client.run("encode", master, *options, code=2)
    assert result.stderr.endswith("--clear-lead 1: film is over by then; give fewer seconds\n")
