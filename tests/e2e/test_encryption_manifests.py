"""Manifests of encrypted versions: valid, agreed, and naming ids of keys."""

from uuid import UUID

import m3u8
import pytest
from lxml import etree

from packagers.cenc.header import Header, protection_of
from packagers.dash import read_mpd
from packagers.hls import read_media_playlist
from tests.e2e.encrypted_film import CLASSES, VIDEO, EncryptedFilm

COMMON = pytest.mark.parametrize("scheme", ["cbcs", "cenc"])
SCHEMES = pytest.mark.parametrize("scheme", ["cbcs", "cenc", "aes-128"])
MPD, CENC = "{urn:mpeg:dash:schema:mpd:2011}", "{urn:mpeg:cenc:2013}"


def test_all_mpds_are_valid(encrypted: EncryptedFilm, mpd_schema: etree.XMLSchema) -> None:
    found = list(encrypted.site.title("film").rglob("*.mpd"))
    assert len(found) == 5, (
        "the stable one, that of the job which failed, and all versions' but that of whole segments"
    )
    for mpd in found:
        mpd_schema.assertValid(etree.parse(mpd))


@COMMON
def test_manifests_agree_on_the_id_of_each_key(encrypted: EncryptedFilm, scheme: str) -> None:
    version = encrypted.versions[scheme]
    dash = {one.init: one for one in read_mpd((version / "manifest.mpd").read_text())}
    for path in CLASSES:
        track = encrypted.track(scheme, path)
        uri = f"{path}/media.m3u8"
        hls = read_media_playlist((version / uri).read_text(), uri)
        told = (hls.protection, dash[f"{path}/init.mp4"].protection)
        assert [(one.scheme, one.kid) for one in told if one] == [(scheme, track.key.kid)] * 2
        entry = Header.parse((track.folder / "init.mp4").read_bytes()).entry
        assert protection_of(entry).encryption.kid == track.key.kid


@COMMON
def test_each_key_has_its_adaptation_set_and_all_are_linked(encrypted: EncryptedFilm, scheme: str) -> None:
    root = etree.parse(encrypted.versions[scheme] / "manifest.mpd")
    sets = {}
    for one in root.iter(f"{MPD}AdaptationSet"):
        (kid,) = {p.get(f"{CENC}default_KID") for p in one.iter(f"{MPD}ContentProtection")} - {None}
        linked = [
            p.get("value")
            for p in one.iter(f"{MPD}SupplementalProperty")
            if "switching" in p.get("schemeIdUri")
        ]
        sets[one.get("id")] = (
            UUID(kid).bytes,
            [r.get("id") for r in one.iter(f"{MPD}Representation")],
            linked,
        )
    tracks = {path: encrypted.track(scheme, path).key.kid for path in CLASSES}
    assert {path: kid for kid, paths, _ in sets.values() for path in paths} == tracks
    h264 = {name: linked for name, (_, paths, linked) in sets.items() if "h264" in paths[0]}
    assert len(h264) == 2
    assert h264 == {name: [other for other in h264 if other != name] for name in h264}


@SCHEMES
def test_each_rung_is_an_hls_variant_under_its_key(encrypted: EncryptedFilm, scheme: str) -> None:
    master = m3u8.load(str(encrypted.versions[scheme] / "master.m3u8"))
    assert sorted(one.uri for one in master.playlists) == sorted(f"{path}/media.m3u8" for path in VIDEO)
    stated = "\n".join(str(key) for key in master.session_keys)
    for path in CLASSES:
        kid = encrypted.track(scheme, path).key.kid
        named = kid.hex() if scheme != "aes-128" else f"/keys/{kid.hex()}"
        assert named in (encrypted.versions[scheme] / path / "media.m3u8").read_text()
        assert named in stated
