"""Masters that are easily refused or broken, from file to published title."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.codec import from_json
from pipeline.report import Report
from pipeline.runner.site import Site
from tests.unit.runner.jobs import encode, site_in

Media = Callable[..., Path]

SECONDS = "2"
PICTURES = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=25:d={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=r=48000:d={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


def published(site: Site, master: Path) -> Report:
    done, _ = encode(site, master)
    with site.storage.open(f"titles/film/v/{done.version}/report.json") as file:
        return from_json(file.read(), Report)


def test_one_picture(site: Site, media: Media) -> None:
    report = published(site, media("one.mp4", *PICTURES, "-frames:v", "1", *H264))
    assert (report.summary.frames, report.summary.duration) == (1, Fraction(1, 24))


def test_pictures_faster_than_frames_of_sound(site: Site, media: Media) -> None:
    """73 pictures at 60/s are 58400 samples, 57 frames of AAC and 32 samples: the 58th lasts longer than a
    picture beyond the end."""
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=60", "-frames:v", "73")
    report = published(site, media("fast.mp4", *SOUND, *pictures, *H264, "-c:a", "aac"))
    assert report.summary.frames == 73


def test_a_recording_that_begins_inside_a_gop(site: Site, media: Media) -> None:
    whole = media("gop.ts", *PICTURES, "-c:v", "mpeg2video", "-bf", "2", "-g", "20")
    headless = whole.with_name("gop-headless.ts")
    headless.write_bytes(whole.read_bytes()[whole.stat().st_size // 188 // 4 * 188 :])
    # From the second key frame on: the verification has seen that every one of them decodes.
    assert 25 < published(site, headless).summary.frames < 35


def test_a_clip_cut_out_without_encoding(site: Site, media: Media) -> None:
    whole = media("whole-clip.mp4", *PICTURES, *SOUND, *H264, "-c:a", "aac")
    clip = media("clip-of-it.mp4", "-ss", "0.6", "-i", whole, "-t", "1", "-c", "copy")
    assert published(site, clip).summary.frames == 25


def test_an_editor_s_export_with_uncompressed_sound(site: Site, media: Media) -> None:
    report = published(site, media("export.mov", *PICTURES, *SOUND, "-c:v", "prores", "-c:a", "pcm_s24le"))
    assert [rendition.kind for rendition in report.summary.renditions] == ["video", "audio"]


def test_a_language_no_manifest_could_name(site: Site, media: Media) -> None:
    odd = ("-metadata:s:a:0", "language=0000-0")
    report = published(site, media("odd.mkv", *PICTURES, *SOUND, *H264, "-c:a", "flac", *odd))
    assert report.summary.renditions[-1].language == "und"


def test_high_dynamic_range_that_is_tagged_by_its_transfer_alone(site: Site, media: Media) -> None:
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=0.4,setparams=color_trc=smpte2084")
    hdr = media("hdr.mkv", *pictures, "-pix_fmt", "yuv420p10le", "-c:v", "ffv1")
    assert published(site, hdr).summary.frames == 10
