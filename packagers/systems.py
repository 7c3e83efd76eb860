"""What the manifests say of each DRM system that telecine knows, from its `pssh` box or its server's address.

Widevine, PlayReady and FairPlay are stated as Shaka Packager states them; docs/encryption-manifests.md tells
where it differs, and what was played.
"""

from base64 import b64encode

from packagers.mp4.bits import Mp4Error
from packagers.mp4.parse import parse
from packagers.mp4.protection import ProtectionSystemHeader
from packagers.protection import Descriptor, KeyLine, ProtectionError, Scheme, System

COMMON = "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"  # W3C, "Common" pssh box: key ids for whoever wants them
CLEAR_KEY = "e2719d58-a985-b3c9-781a-b030af78d30e"  # DASH-IF
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"


def common(pssh: bytes) -> System:
    """The common system: DASH alone can state it."""
    return System("common", descriptor=Descriptor(COMMON, pssh=pssh))


def widevine(pssh: bytes) -> System:
    line = KeyLine(_data("text/plain", pssh), f"urn:uuid:{WIDEVINE}", states_kid=True)
    return System("widevine", line, Descriptor(WIDEVINE, pssh=pssh))


def playready(pssh: bytes) -> System:
    """Raises ProtectionError where `pssh` is no such box: HLS takes the PlayReady object out of it."""
    try:
        boxes = parse(pssh)
    except Mp4Error as error:
        raise ProtectionError(f"playready: {error}") from error
    if len(boxes) != 1 or not isinstance(boxes[0], ProtectionSystemHeader):
        raise ProtectionError("playready: not one pssh box")
    data = boxes[0].data
    line = KeyLine(_data("text/plain;charset=UTF-16", data), "com.microsoft.playready")
    return System("playready", line, Descriptor(PLAYREADY, "MSPR 2.0", pssh, playready=data))


def fairplay(uri: str) -> System:
    """`uri` is what the application hands to its key server, such as `skd://title/kid`. HLS alone has it."""
    return System("fairplay", KeyLine(uri, "com.apple.streamingkeydelivery"))


def clear_key(kid: bytes, licence_url: str) -> System:
    """W3C Clear Key. An MPD names the licence server; in a playlist there is only room for the key's id."""
    line = KeyLine(_data("text/plain", kid), "org.w3.clearkey", states_kid=True)
    return System("clearkey", line, Descriptor(CLEAR_KEY, "ClearKey1.0", licence_url=licence_url))


def identity(uri: str) -> System:
    """A URI that answers with the 16 bytes of the key. HLS alone has it."""
    return System("identity", KeyLine(uri))


def embedded(scheme: Scheme, kid: bytes, licence_url: str, key_url: str) -> tuple[System, ...]:
    """Those that the origin's own key service answers, chosen so that as many players as can play.

    hls.js takes an identity line before any other, and cannot decrypt cbcs with it: so cbcs has none.
    """
    if scheme == "aes-128":
        return (identity(key_url),)
    if scheme == "cbcs":
        return (clear_key(kid, licence_url),)
    return (clear_key(kid, licence_url), identity(key_url))


def _data(media_type: str, payload: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(payload).decode()}"
