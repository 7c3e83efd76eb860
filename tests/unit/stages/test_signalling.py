"""What manifests say of each key, by scheme, by system, and where a key service has its own words."""

from base64 import b64decode

import pytest

from packagers.cenc import pssh
from packagers.protection import Protection, ProtectionError, Scheme
from pipeline.drm import PlannedKey, PlannedProtection
from pipeline.keys.record import Signalling
from pipeline.stages.signalling import BUILDERS, key_path, protections

KID, SOUND = "00112233445566778899aabbccddeeff", "0f" * 16
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"
FAIRPLAY = "94ce86fb-07ff-4f43-adb8-93d2fa968ca2"


def planned(scheme: Scheme, *systems: str, told: tuple[Signalling, ...] = ()) -> PlannedProtection:
    keys = (PlannedKey(key_class="hd", kid=KID, signalling=told), PlannedKey(key_class="audio", kid=SOUND))
    return PlannedProtection(scheme=scheme, clear_segments=2, systems=systems, keys=keys)


def picture(scheme: Scheme, *systems: str, told: tuple[Signalling, ...] = ()) -> Protection:
    return protections(planned(scheme, *systems, told=told))["hd"]


def lines(protection: Protection) -> list[tuple[str, str, bool]]:
    return [(line.format, line.uri, line.states_kid) for line in protection.key_lines]


def test_each_class_has_the_protection_of_its_key() -> None:
    found = protections(planned("cbcs", "clearkey"))
    assert {name: (one.scheme, one.kid.hex(), one.clear_segments) for name, one in found.items()} == {
        "hd": ("cbcs", KID, 2),
        "audio": ("cbcs", SOUND, 2),
    }


CLEAR_KEY = ("org.w3.clearkey", "data:text/plain;base64,ABEiM0RVZneImaq7zN3u/w==", True)
IDENTITY = ("identity", f"/keys/{KID}", False)


@pytest.mark.parametrize(
    ("scheme", "due"), [("cbcs", [CLEAR_KEY]), ("cenc", [CLEAR_KEY, IDENTITY]), ("aes-128", [IDENTITY])]
)
def test_the_origin_answers_for_clear_keys(scheme: Scheme, due: list[tuple[str, str, bool]]) -> None:
    found = picture(scheme, "clearkey")
    assert lines(found) == due
    licences = [one.licence_url for one in found.descriptors]
    assert licences == ([] if scheme == "aes-128" else ["/license/clearkey"])
    assert key_path(bytes.fromhex(KID)) == IDENTITY[1]


def test_whole_segments_have_no_drm_system() -> None:
    assert lines(picture("aes-128", "widevine", "fairplay")) == [IDENTITY]


def test_every_system_is_named_in_the_order_asked_for() -> None:
    found = picture("cbcs", *reversed(BUILDERS))
    assert [line.format for line in found.key_lines] == [
        "com.apple.streamingkeydelivery",
        "com.microsoft.playready",
        f"urn:uuid:{WIDEVINE}",
        "org.w3.clearkey",
    ]
    assert [one.uuid for one in found.descriptors] == [
        PLAYREADY,
        WIDEVINE,
        "e2719d58-a985-b3c9-781a-b030af78d30e",
    ]


def test_what_is_said_where_no_key_service_says_it() -> None:
    fairplay, widevine = picture("cbcs", "fairplay", "widevine").key_lines
    assert fairplay.uri == f"skd://{KID}"
    box = b64decode(widevine.uri.removeprefix("data:text/plain;base64,"))
    assert box == pssh.widevine(bytes.fromhex(KID), "cbcs").to_bytes()


def test_a_key_service_has_its_own_words() -> None:
    theirs = pssh.widevine(bytes.fromhex(SOUND), "cbcs").to_bytes()
    told = (
        Signalling(system=WIDEVINE, pssh=theirs),
        Signalling(system=FAIRPLAY, key_uri="skd://service/7"),
        Signalling(system=PLAYREADY),
    )
    found = picture("cbcs", "widevine", "fairplay", "playready", told=told)
    widevine, fairplay, _ = found.key_lines
    assert b64decode(widevine.uri.removeprefix("data:text/plain;base64,")) == theirs
    assert fairplay.uri == "skd://service/7"
    ours = pssh.playready(bytes.fromhex(KID), "cbcs").to_bytes()
    assert [one.pssh for one in found.descriptors] == [theirs, ours]


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ("playready", Signalling(system=PLAYREADY, pssh=b"no box")),
        ("fairplay", Signalling(system=FAIRPLAY, key_uri='skd://"\n#EXT-X-ENDLIST')),
    ],
)
def test_words_that_fit_no_manifest(system: str, told: Signalling) -> None:
    with pytest.raises(ProtectionError):
        protections(planned("cbcs", system, told=(told,)))
