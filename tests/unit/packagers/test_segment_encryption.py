"""Whole segments under AES-128, against a published vector and two independent readers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from packagers.cmaf import MediaSegment, Rendition
from packagers.presentation import AudioFormat, Segment, SyncPoint
from packagers.segment_encryption import decrypt_segment, encrypt_segment, encrypt_segments

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
VECTOR_IV = int("000102030405060708090a0b0c0d0e0f", 16)
PLAIN = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
CIPHER = bytes.fromhex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")
"""NIST SP 800-38A, F.2.1: CBC-AES128.Encrypt, the first two blocks."""


def test_a_published_vector() -> None:
    made = encrypt_segment(PLAIN, KEY, VECTOR_IV + 1)
    assert made[:32] == CIPHER
    assert len(made) == 48, "data that fill their blocks are followed by a block of padding"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4095, 4096, 1_000_003])
def test_there_and_back(size: int) -> None:
    data = (b"segment" * (size // 7 + 1))[:size]
    made = encrypt_segment(data, KEY, 3)
    assert len(made) == size // 16 * 16 + 16
    assert decrypt_segment(made, KEY, 3) == data


@pytest.mark.parametrize(
    ("key", "number", "cut"), [(KEY, 4, 0), (KEY[::-1], 3, 0), (KEY, 3, 1), (KEY, 3, 16), (KEY, 3, 48)]
)
def test_another_key_or_less_than_all_does_not_decrypt(key: bytes, number: int, cut: int) -> None:
    made = encrypt_segment(PLAIN, KEY, 3)
    try:
        found = decrypt_segment(made[: len(made) - cut], key, number)
    except ValueError:
        return
    # Padding tells nothing of the first block: with another IV that alone is wrong.
    assert found != PLAIN


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command")
def test_openssl_decrypts_it() -> None:
    data = b"as any HLS player would" * 99
    command = ["openssl", "enc", "-d", "-aes-128-cbc", "-K", KEY.hex(), "-iv", f"{6:032x}"]
    found = subprocess.run(command, input=encrypt_segment(data, KEY, 7), capture_output=True, check=True)
    assert found.stdout == data


def test_ffmpeg_decrypts_it(ffmpeg: str, tmp_path: Path) -> None:
    samples = bytes(range(256)) * 40
    file = tmp_path / "encrypted"
    file.write_bytes(encrypt_segment(samples, KEY, 2))
    raw = ["-f", "u8", "-ar", "8000", "-ac", "1"]
    source = ["-key", KEY.hex(), "-iv", f"{1:032x}", *raw, "-i", f"crypto:{file}"]
    command = [ffmpeg, "-v", "error", *source, "-f", "u8", "-"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == samples


def test_a_part_of_a_rendition_is_encrypted_by_its_segments_numbers() -> None:
    clear = [MediaSegment(Segment(10, 7, ()), (b"segment",))]
    part = Rendition(b"", "mp4a.40.2", 48000, AudioFormat(48000, 2), lambda: iter(clear), first=31)
    assert [s.to_bytes() for s in encrypt_segments(part, KEY).segments()] == [
        encrypt_segment(b"segment", KEY, 31)
    ]


def test_a_rendition_is_measured_as_it_is_stored() -> None:
    points = (SyncPoint(offset=0, size=7, duration=10),)
    clear = [
        MediaSegment(Segment(10, 7, points), (b"first", b"..")),
        MediaSegment(Segment(5, 16, ()), (b"x" * 16,)),
    ]
    format_ = AudioFormat(sample_rate=48000, channels=2)
    rendition = Rendition(b"header", "mp4a.40.2", 48000, format_, lambda: iter(clear))
    made = encrypt_segments(rendition, KEY)
    assert (made.header, made.codecs, made.timescale) == (b"header", "mp4a.40.2", 48000)
    # Twice: a rendition's segments may be asked for again.
    for segments in (list(made.segments()), list(made.segments())):
        assert [segment.info for segment in segments] == [Segment(10, 16, ()), Segment(5, 32, ())]
        assert [decrypt_segment(s.to_bytes(), KEY, n) for n, s in enumerate(segments, 1)] == [
            b"first..",
            b"x" * 16,
        ]
