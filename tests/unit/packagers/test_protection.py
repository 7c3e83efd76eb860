import pytest
from sample_presentations import pssh

from packagers import systems
from packagers.protection import Descriptor, KeyLine, Protection, ProtectionError, System

KID = bytes(range(16))
KEY_SERVER = systems.identity("/keys/1")
CLEAR_KEY = systems.clear_key(KID, "/license")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cbcs", KID[:8], (CLEAR_KEY,)), "a key id has 16 bytes, not 8"),
        (("cbcs", KID, (CLEAR_KEY,), -1), "a clear lead cannot be negative"),
        (("cbcs", KID, ()), "no system has a line for HLS"),
        (("cbcs", KID, (systems.common(b"pssh"),)), "no system has a line for HLS"),
        (("cbcs", KID, (CLEAR_KEY, CLEAR_KEY)), "two systems share a KEYFORMAT"),
        (("aes-128", KID, (CLEAR_KEY,)), "aes-128 takes its key from a key server"),
        (("aes-128", KID, (KEY_SERVER, CLEAR_KEY)), "aes-128 takes its key from a key server"),
    ],
)
def test_protections_that_are_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ProtectionError, match=message):
        Protection(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", 'a",METHOD=NONE', "a\n#EXT-X-ENDLIST"])
def test_texts_that_would_leave_their_quotes_are_refused(text: str) -> None:
    with pytest.raises(ProtectionError, match="not of a URI"):
        KeyLine(text)
    with pytest.raises(ProtectionError, match="not of a URI"):
        KeyLine("/keys/1", text)
    with pytest.raises(ProtectionError, match="not of a URI"):
        Descriptor(systems.CLEAR_KEY, licence_url=text)


def test_widevine() -> None:
    box = pssh(systems.WIDEVINE, b"\x12\x10" + KID)
    assert systems.widevine(box) == System(
        "widevine",
        KeyLine(
            "data:text/plain;base64,AAAAMnBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABISEAABAgMEBQYHCAkKCwwNDg8=",
            "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
            states_kid=True,
        ),
        Descriptor("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", pssh=box),
    )


def test_playready_hands_hls_the_object_and_dash_the_box_as_well() -> None:
    box = pssh(systems.PLAYREADY, b"<WRMHEADER/>")
    assert systems.playready(box) == System(
        "playready",
        KeyLine("data:text/plain;charset=UTF-16;base64,PFdSTUhFQURFUi8+", "com.microsoft.playready"),
        Descriptor("9a04f079-9840-4286-ab92-e65be0885f95", "MSPR 2.0", pssh=box, playready=b"<WRMHEADER/>"),
    )


@pytest.mark.parametrize("data", [b"", b"pssh", b"\0\0\0\x08free", pssh(systems.PLAYREADY, b"") * 2])
def test_playready_needs_one_box(data: bytes) -> None:
    with pytest.raises(ProtectionError, match="playready: "):
        systems.playready(data)


def test_fairplay_and_key_servers_are_for_hls_alone() -> None:
    assert systems.fairplay("skd://film") == System(
        "fairplay", KeyLine("skd://film", "com.apple.streamingkeydelivery")
    )
    assert systems.identity("/keys/1") == System("identity", KeyLine("/keys/1", "identity"))


def test_clear_key_names_its_server_in_dash_and_the_key_in_hls() -> None:
    assert systems.clear_key(KID, "/license") == System(
        "clearkey",
        KeyLine("data:text/plain;base64,AAECAwQFBgcICQoLDA0ODw==", "org.w3.clearkey", states_kid=True),
        Descriptor("e2719d58-a985-b3c9-781a-b030af78d30e", "ClearKey1.0", licence_url="/license"),
    )


@pytest.mark.parametrize(
    ("scheme", "names"),
    [("cbcs", ["clearkey"]), ("cenc", ["clearkey", "identity"]), ("aes-128", ["identity"])],
)
def test_ways_of_the_embedded_key_service(scheme: str, names: list[str]) -> None:
    ways = systems.embedded(scheme, KID, "/license", "/keys/1")  # type: ignore[arg-type]
    assert [system.name for system in ways] == names
