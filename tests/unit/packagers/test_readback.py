from dataclasses import replace
from fractions import Fraction

import pytest

from packagers.readback import (
    ManifestError,
    MediaReference,
    ProtectionReference,
    RenditionReference,
    resolve,
)


def rendition(*durations: str, init: str = "a/init.mp4", name: str = "a/seg") -> RenditionReference:
    segments = (MediaReference(f"{name}-{n}", Fraction(d)) for n, d in enumerate(durations))
    return RenditionReference(init, tuple(segments))


def test_ends() -> None:
    assert rendition("2", "1/2", "1").ends == (Fraction(2), Fraction(5, 2), Fraction(7, 2))


def test_renditions_agree_but_for_the_rounding_of_extinf() -> None:
    exact = rendition("1/3", "1/3", "1/3")
    assert exact.agrees_with(rendition("0.333333", "0.333334", "0.333333"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(rendition("0.333333", "0.333333", "0.333330"), id="an error that adds up"),
        pytest.param(rendition("1/3", "1/3"), id="a segment less"),
        pytest.param(rendition("1/3", "1/3", "1/3", init="b/init.mp4"), id="another header"),
        pytest.param(rendition("1/3", "1/3", "1/3", name="b/seg"), id="other files"),
    ],
)
def test_renditions_that_disagree(other: RenditionReference) -> None:
    assert not rendition("1/3", "1/3", "1/3").agrees_with(other)


CBCS = ProtectionReference("cbcs", bytes(16))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (None, None, True),
        (None, CBCS, False),
        (CBCS, None, False),
        (CBCS, replace(CBCS, clear_segments=2), True),
        (CBCS, replace(CBCS, kid=None), True),
        (CBCS, replace(CBCS, kid=bytes(15) + b"\1"), False),
        (CBCS, replace(CBCS, scheme="cenc"), False),
    ],
)
def test_renditions_agree_on_their_key(
    one: ProtectionReference | None, other: ProtectionReference | None, agree: bool
) -> None:
    clear = rendition("1")
    assert replace(clear, protection=one).agrees_with(replace(clear, protection=other)) is agree


def test_resolve() -> None:
    assert resolve("master.m3u8", "video/a/media.m3u8") == "video/a/media.m3u8"
    assert resolve("v/1/video/a/media.m3u8", "init.mp4") == "v/1/video/a/init.mp4"


@pytest.mark.parametrize("uri", [None, "", "../a", "/a", "http://example.com/a", "a/", "a?b"])
def test_resolve_refuses(uri: str | None) -> None:
    with pytest.raises(ManifestError, match=r"v/media\.m3u8: .*below the manifest"):
        resolve("v/media.m3u8", uri)
