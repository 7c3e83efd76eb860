"""A version damaged between packaging and publication: what is wrong is said, and nothing is published."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import VerifyError
from pipeline.events import Event, StepFinished
from pipeline.runner.site import Site
from tests.unit.runner.jobs import encode, site_in

Media = Callable[..., Path]

VIDEO, AUDIO = "video/h264-90", "audio/aac128-und"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.fixture
def master(media: Media) -> Path:
    """Two segments of picture and sound."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=6")
    return media("six.mov", *picture, "-f", "lavfi", "-i", "sine=d=6", "-c:v", "mpeg4", "-c:a", "pcm_s16le")


def _refused(site: Site, master: Path, damage: Callable[[Path], None]) -> str:
    """Runs the job, with `damage` done to the version's folder once its manifests are written."""

    def after_manifests(event: Event) -> None:
        if isinstance(event, StepFinished) and event.kind == "manifests":
            (version,) = (site.settings.root / "titles" / "film" / "v").iterdir()
            damage(version)

    with pytest.raises(VerifyError) as error:
        encode(site, master, after_manifests)
    assert [path.name for path in (site.settings.root / "titles" / "film").iterdir()] == ["v"]
    assert site.catalog.titles.published() == []
    _, events = encode(site, master)  # What was damaged is made again, of encodes that are kept.
    encodes = [event for event in events if isinstance(event, StepFinished) and event.kind == "encode"]
    assert [event.reused for event in encodes] == [True]
    return str(error.value)


def _rewrite(path: Path, pattern: str, by: str) -> None:
    text, count = re.subn(pattern, by, path.read_text(), flags=re.DOTALL)
    assert count == 1
    path.write_text(text)


@pytest.mark.parametrize(
    ("file", "pattern", "by", "said"),
    [
        ("master.m3u8", r"#EXT-X-MEDIA:[^\n]*\n", "", "master.m3u8 offers ['video/h264-90'], planned"),
        (
            "master.m3u8",
            r"GE-BANDWIDTH=\d+(,\S+,FRAME)",
            r"GE-BANDWIDTH=9\1",
            "declares AVERAGE-BANDWIDTH 9, has",
        ),
        (
            "master.m3u8",
            r"NF:(.*?)([:,])BANDWIDTH=\d+(,\S+,FRAME)",
            r"NF:\1\2BANDWIDTH=9\3",
            "declares BANDWIDTH 9, has",
        ),
        ("master.m3u8", r"#EXT-X-I-FRAME-STREAM-INF:[^\n]*\n?", "", "offers I-frames at []"),
        (
            f"{VIDEO}/iframes.m3u8",
            r"(BYTERANGE:\d+)@24\nseg-00001",
            r"\1@25\nseg-00001",
            "I-frames elsewhere",
        ),
        (
            f"{VIDEO}/iframes.m3u8",
            r"#EXTINF:2.000000,\n#EXT-X-BYTERANGE:\d+@24\nseg-00002.m4s\n",
            "",
            "2 I-frames, 3 planned",
        ),
        (
            "manifest.mpd",
            r"<AdaptationSet[^>]*audio.*</AdaptationSet>",
            "",
            "HLS offers ['audio/",
        ),
        (
            "manifest.mpd",
            r'<S t="0" d="100000"/>',
            '<S t="0" d="99000"/>',
            "HLS and DASH name other",
        ),
        (
            f"{VIDEO}/media.m3u8",
            r"#EXTINF:2.000000,\nseg-00002.m4s\n",
            "",
            "HLS and DASH name other",
        ),
        (f"{VIDEO}/media.m3u8", r"#EXT-X-ENDLIST", "", "not a finished media playlist"),
    ],
)
def test_manifests_that_do_not_say_what_is_stored(
    site: Site, master: Path, file: str, pattern: str, by: str, said: str
) -> None:
    assert said in _refused(site, master, lambda version: _rewrite(version / file, pattern, by))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 2, len(data), 7):
        data[place] ^= 0xFF
    path.write_bytes(data)


def test_a_segment_that_is_not_as_it_was_written(site: Site, master: Path) -> None:
    """An empty box at its end harms no decoder, but byte ranges of manifests are of another file."""

    def lengthen(version: Path) -> None:
        with (version / VIDEO / "seg-00002.m4s").open("ab") as file:
            file.write(bytes(3) + b"\x08free")

    said = _refused(site, master, lengthen)
    assert re.fullmatch(
        rf"{VIDEO}/seg-00002.m4s: (\d+) bytes, (\d+) were written; nothing was published", said
    )


@pytest.mark.parametrize("rendition", [VIDEO, AUDIO])
def test_media_that_does_not_decode(site: Site, master: Path, rendition: str) -> None:
    said = _refused(site, master, lambda version: _flip(version / rendition / "seg-00002.m4s"))
    assert said.startswith(f"{rendition}")
    assert "does not decode" in said or "the decoder complains" in said


def test_a_segment_that_is_lost(site: Site, master: Path) -> None:
    said = _refused(site, master, lambda version: (version / VIDEO / "seg-00002.m4s").unlink())
    assert said == f"{VIDEO}/seg-00002.m4s is not stored; nothing was published"


@pytest.mark.parametrize("rendition", [VIDEO, AUDIO])
def test_media_shown_at_another_time(site: Site, master: Path, rendition: str) -> None:
    def late(version: Path) -> None:
        path = version / rendition / "seg-00002.m4s"
        head, tag, rest = path.read_bytes().partition(b"tfdt")
        time = int.from_bytes(rest[4:12], "big") + 5000
        path.write_bytes(head + tag + rest[:4] + time.to_bytes(8, "big") + rest[12:])

    assert re.match(f"{rendition}: (frame 100 is not shown|sound due)", _refused(site, master, late))
