"""Encryption in a job: which keys, and that verification finds what is not encrypted as planned."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import msgspec
import pytest

from packagers.cenc import ContentKey, Unprotector
from pipeline.drm import Drm
from pipeline.errors import KeysError, VerifyError
from pipeline.events import Event, StepFinished
from pipeline.job import JobSpec
from pipeline.keys.opening import open_keys
from pipeline.keys.record import ContentKeyRecord, Signalling
from pipeline.keys.secret import Secret
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from tests.unit.keys.spelling import spellings, told
from tests.unit.runner.jobs import site_in, spec_of

Media = Callable[..., Path]
Damage = Callable[[Path], None]

VIDEO, AUDIO = "video/h264-90", "audio/aac128-und"
SCHEMES = pytest.mark.parametrize("scheme", ["cbcs", "cenc", "aes-128"])
COMMON = pytest.mark.parametrize("scheme", ["cbcs", "cenc"])
OTHER_KID = "ab" * 16


@pytest.fixture(scope="module")
def encoded(master: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a site is whose title is encoded, and published in the clear."""
    folder = tmp_path_factory.mktemp("encoded")
    site = site_in(folder)
    run(site, spec(master))
    site.catalog.close()
    return folder


@pytest.fixture
def site(encoded: Path, tmp_path: Path) -> Iterator[Site]:
    copytree(encoded, tmp_path, dirs_exist_ok=True)
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.fixture(scope="module")
def master(media: Media) -> Path:
    """Three segments of picture and sound."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=10")
    return media("ten.mov", *picture, "-f", "lavfi", "-i", "sine=d=10", "-c:v", "mpeg4", "-c:a", "pcm_s16le")


def spec(master: Path, scheme: str = "", **wanted: object) -> JobSpec:
    drm = msgspec.convert({"scheme": scheme, **wanted}, Drm) if scheme else None
    return msgspec.structs.replace(spec_of(master), drm=drm)


def run(site: Site, spec: JobSpec, damage: Damage | None = None) -> Path:
    """Run a job; the version's folder. `damage` is done to it once its manifests are written."""

    def take(event: Event) -> None:
        if damage and isinstance(event, StepFinished) and event.kind == "manifests":
            damage(_newest(site))

    return _folder(site) / run_job(site, spec, take).version


def refused(site: Site, spec: JobSpec, damage: Damage) -> str:
    """What is said of a damaged version, without a key."""
    before = site.catalog.titles.current("film")
    with pytest.raises(VerifyError) as error:
        run(site, spec, damage)
    assert site.catalog.titles.current("film") == before
    keys = site.catalog.keys.of_owner(spec.id)
    secrets = [open_keys(site.catalog, site.settings.root).vault.open(key).key.reveal() for key in keys]
    said = told(error.value).encode() + error.value.evidence.encode()
    assert [word for secret in secrets for word in spellings(secret) if word in said] == []
    return str(error.value)


def _folder(site: Site) -> Path:
    return site.settings.root / "titles/film/v"


def _newest(site: Site) -> Path:
    return max(_folder(site).iterdir(), key=lambda path: path.stat().st_ctime_ns)


def _copied(source: Path, to: Path) -> None:
    to.write_bytes(source.read_bytes())


def _rewrite(path: Path, pattern: str, by: str) -> None:
    text, count = re.subn(pattern, by, path.read_text())
    assert count
    path.write_text(text)


@SCHEMES
def test_each_class_has_its_key_and_the_plan_names_no_more_than_its_id(
    site: Site, master: Path, scheme: str
) -> None:
    version = run(site, spec(master, scheme))
    kept = open_keys(site.catalog, site.settings.root).vault.of_title("film")
    assert sorted(key.key_class for key in kept) == ["audio", "sd"]
    report = (version / "report.json").read_text()
    assert [key.kid.hex() in report for key in kept] == [True, True]


def test_the_same_job_has_the_same_keys_and_another_has_others(site: Site, master: Path) -> None:
    first = run(site, spec(master, "cbcs"))
    again = run(site, spec(master, "cbcs"))
    other = run(site, spec(master, "cbcs", generation=1))
    assert first == again != other
    kids = [key.kid for key in site.catalog.keys.of_title("film")]
    assert len(set(kids)) == len(kids) == 4


def test_the_iv_that_a_key_service_fixed_is_that_of_the_tracks(site: Site, master: Path) -> None:
    """It is part of FairPlay's licences."""
    wanted = spec(master, "cbcs", source="given")
    ivs = {"audio": bytes(range(16)), "sd": bytes(range(16, 32))}
    vault = open_keys(site.catalog, site.settings.root).vault
    keys = [
        ContentKeyRecord(bytes([n]) * 16, "film", name, Secret(bytes([n + 2]) * 16), iv=iv)
        for n, (name, iv) in enumerate(ivs.items())
    ]
    vault.put(wanted.id, keys)
    version = run(site, wanted)
    for path, iv in ((AUDIO, ivs["audio"]), (VIDEO, ivs["sd"])):
        assert iv in (version / path / "init.mp4").read_bytes()


def test_a_key_service_that_says_what_no_manifest_can(site: Site, master: Path) -> None:
    wanted = spec(master, "cbcs", source="given", systems=["playready"])
    words = (Signalling(system="9a04f079-9840-4286-ab92-e65be0885f95", pssh=b"no box"),)
    keys = [
        ContentKeyRecord(bytes([number]) * 16, "film", name, Secret(b"k" * 16), words)
        for number, name in enumerate(("sd", "audio"))
    ]
    open_keys(site.catalog, site.settings.root).vault.put(wanted.id, keys)
    with pytest.raises(KeysError, match="film: the key service's words fit no manifest: playready: "):
        run(site, wanted)
    assert {step.kind for step in site.catalog.steps.of(wanted.id)} == {"ingest", "inspect", "plan"}


@COMMON
def test_a_segment_left_clear_by_mistake(site: Site, master: Path, scheme: str) -> None:
    clear, wanted = _newest(site), spec(master, scheme)
    name = f"{AUDIO}/seg-00002.m4s"
    said = refused(site, wanted, lambda version: _copied(clear / name, version / name))
    assert said == f"{AUDIO}: segment 2 is clear, unlike what was planned; nothing was published"
    keys = site.catalog.keys.of_owner(wanted.id)
    run(site, wanted)
    assert site.catalog.keys.of_owner(wanted.id) == keys


@COMMON
def test_a_segment_that_stays_clear_after_the_lead(site: Site, master: Path, scheme: str) -> None:
    longer = run(site, spec(master, scheme, clear_lead=5))
    name = f"{AUDIO}/seg-00002.m4s"
    wanted = spec(master, scheme, clear_lead=4)
    said = refused(site, wanted, lambda version: _copied(longer / name, version / name))
    assert said == f"{AUDIO}: segment 2 is clear, unlike what was planned; nothing was published"


@COMMON
def test_a_lead_that_is_encrypted(site: Site, master: Path, scheme: str) -> None:
    whole = run(site, spec(master, scheme))
    name = f"{AUDIO}/seg-00001.m4s"
    wanted = spec(master, scheme, clear_lead=4)
    said = refused(site, wanted, lambda version: _copied(whole / name, version / name))
    assert said == f"{AUDIO}: segment 1 is encrypted, unlike what was planned; nothing was published"


def test_a_whole_segment_left_clear(site: Site, master: Path) -> None:
    clear = _newest(site)
    name = f"{AUDIO}/seg-00002.m4s"
    said = refused(site, spec(master, "aes-128"), lambda version: _copied(clear / name, version / name))
    assert said.startswith(f"{AUDIO} does not decrypt: ")


@pytest.mark.parametrize(
    ("scheme", "file", "pattern", "by", "said"),
    [
        ("cbcs", f"{VIDEO}/media.m3u8", r"KEYID=0x\w+", f"KEYID=0x{OTHER_KID}", "HLS and DASH name other"),
        ("cenc", "manifest.mpd", r'(KID=")[0-9a-f-]+', rf"\g<1>{OTHER_KID}", "HLS and DASH name other"),
        ("cbcs", "manifest.mpd", r'value="cbcs"', 'value="cenc"', "HLS and DASH name other"),
        ("cenc", f"{AUDIO}/media.m3u8", r"AES-CTR", "AES", "HLS and DASH name other"),
        ("aes-128", f"{VIDEO}/media.m3u8", r"keys/\w+", f"keys/{OTHER_KID}", "names another key than /keys/"),
        (
            "aes-128",
            f"{VIDEO}/media.m3u8",
            r"#EXT-X-KEY.*\n",
            "",
            "encrypted in one of plan and manifest alone",
        ),
        (
            "cbcs",
            f"{VIDEO}/media.m3u8",
            r"(#EXT-X-KEY.*\n)(#EXTINF.*\n.*\n)",
            r"\2\1",
            "has 1 clear segments",
        ),
    ],
)
def test_manifests_that_name_another_key(
    site: Site, master: Path, scheme: str, file: str, pattern: str, by: str, said: str
) -> None:
    wanted = spec(master, scheme)
    assert said in refused(site, wanted, lambda version: _rewrite(version / file, pattern, by))


def test_both_manifests_naming_the_same_wrong_key(site: Site, master: Path) -> None:
    def damage(version: Path) -> None:
        _rewrite(version / VIDEO / "media.m3u8", r"KEYID=0x\w+", f"KEYID=0x{OTHER_KID}")
        _rewrite(version / "manifest.mpd", r'(KID=")[0-9a-f-]+', rf"\g<1>{OTHER_KID}")

    said = refused(site, spec(master, "cbcs"), damage)
    assert f"{VIDEO}: a manifest names another key than " in said


@COMMON
def test_media_under_the_key_of_another_version(site: Site, master: Path, scheme: str) -> None:
    other = run(site, spec(master, scheme))

    def damage(version: Path) -> None:
        for path in (other / AUDIO).glob("*.m*4*"):
            _copied(path, version / AUDIO / path.name)

    said = refused(site, spec(master, scheme, generation=1), damage)
    assert re.match(
        f"{AUDIO} does not decrypt: the track is under key [0-9a-f]{{32}}, not [0-9a-f]{{32}}", said
    )


@pytest.mark.parametrize(("scheme", "key_class"), [("cbcs", "audio"), ("cenc", "sd"), ("aes-128", "audio")])
def test_a_key_that_is_not_the_one_that_encrypted(
    site: Site, master: Path, scheme: str, key_class: str
) -> None:
    """As if the catalog had lost the key, and got another under its id."""
    wanted = spec(master, scheme)
    vault = open_keys(site.catalog, site.settings.root).vault

    def exchange(_: Path) -> None:
        kept = vault.of_owner(wanted.id).values()
        others = [_wrong(key) if key.key_class == key_class else key for key in kept]
        site.catalog.keys.forget(wanted.title)
        vault.put(wanted.id, others)

    with pytest.raises(VerifyError) as error:
        run(site, wanted, exchange)
    assert re.match(
        f"{AUDIO if key_class == 'audio' else VIDEO}( does not de|: the decoder)", str(error.value)
    )


def _wrong(key: ContentKeyRecord) -> ContentKeyRecord:
    value = bytes(byte ^ 1 for byte in key.key.reveal())
    return ContentKeyRecord(key.kid, key.title, key.key_class, Secret(value))


@COMMON
def test_a_protected_track_has_the_media_of_its_clear_one(site: Site, master: Path, scheme: str) -> None:
    """Byte by byte, the lead included."""
    clear = _newest(site)
    version = run(site, spec(master, scheme, clear_lead=4))
    for key in open_keys(site.catalog, site.settings.root).vault.of_title("film"):
        rendition = VIDEO if key.key_class == "sd" else AUDIO
        track = Unprotector(_stored(version, rendition, "init.mp4"), ContentKey(key.kid, key.key.reveal()))
        assert track.header == _stored(clear, rendition, "init.mp4")
        for name in ("seg-00002.m4s", "seg-00003.m4s"):
            assert track.segment(_stored(version, rendition, name)) == _stored(clear, rendition, name)
        lead, due = (_stored(folder, rendition, "seg-00001.m4s") for folder in (version, clear))
        assert lead.rpartition(b"mdat")[2] == due.rpartition(b"mdat")[2]


def _stored(version: Path, rendition: str, name: str) -> bytes:
    return (version / rendition / name).read_bytes()
