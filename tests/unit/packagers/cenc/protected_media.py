"""Small tracks to protect, made by hand, and the tables that `senc` has of them."""

from fractions import Fraction

from packagers.cenc import ContentKey
from packagers.cenc.auxiliary import read_information
from packagers.cenc.fragments import boxes
from packagers.cenc.header import Header, protection_of
from packagers.cmaf import FragmentedSegment, MediaSegment
from packagers.cmaf.fragment import Fragment
from packagers.cmaf.header import CmafTrack, cmaf_header
from packagers.mp4.box import Box, Parent
from packagers.mp4.decoder_config import AvcConfiguration, ElementaryStreamDescriptor
from packagers.mp4.fragment import NON_SYNC, SAMPLES, SYNC
from packagers.mp4.parse import parse
from packagers.mp4.protection import SampleEncryption
from packagers.mp4.sample_entry import AudioSampleEntry, VisualSampleEntry

KID, SECRET = (
    bytes.fromhex("00112233445566778899aabbccddeeff"),
    bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
)
KEY = ContentKey(KID, SECRET)
IV = bytes(range(0xA0, 0xB0))

# Baseline profile, frames only, picture order of type 2, no weights or deblocking: the shortest headers.
SPS = bytes.fromhex("67 42c01e da0a3640")
PPS = bytes.fromhex("68 ce 38 80")
AVCC = AvcConfiguration(
    profile=66,
    profile_compatibility=0xC0,
    level=30,
    parameter_sets=b"\xe1" + len(SPS).to_bytes(2, "big") + SPS + b"\1" + len(PPS).to_bytes(2, "big") + PPS,
)
AVC1 = VisualSampleEntry(width=160, height=90, children=(AVCC,))
ESDS = ElementaryStreamDescriptor(
    descriptor=bytes.fromhex("0319000000041140150000000001f4000001f40005021190060102")
)
MP4A = AudioSampleEntry(channel_count=2, sample_rate=Fraction(48000), children=(ESDS,))

IDR_HEADER = bytes.fromhex("65 888480")
"""NAL header, then 17 bits: first_mb_in_slice, I, PPS 0, frame_num 0, idr_pic_id 0, marking 00, QP delta."""
P_HEADER = bytes.fromhex("41 9a22")
"""NAL header, then 15 bits: first_mb_in_slice 0, P, PPS 0, frame_num 1, three flags 0, QP delta 0."""


def header(*, video: bool) -> bytes:
    return cmaf_header(CmafTrack(AVC1 if video else MP4A, 25000 if video else 48000, 100_000))


def segment(*fragments: list[bytes], video: bool, first: int = 0) -> MediaSegment:
    """One `moof` for each list of samples; samples take 1000 ticks."""
    made: list[Fragment] = []
    for number, samples in enumerate(fragments):
        table = SAMPLES.table(version=1, sample_size=[len(sample) for sample in samples])
        fragment = Fragment(
            number + 1, first, 1000, NON_SYNC if video else SYNC, table, SYNC if video else None
        )
        made.append(fragment)
        first += 1000 * len(samples)
    media = memoryview(bytearray().join(sample for samples in fragments for sample in samples))
    return FragmentedSegment(tuple(made), media, 1000 * sum(map(len, fragments)), sync_points=video)


def nal(unit: bytes) -> bytes:
    """As in a sample: behind its length."""
    return len(unit).to_bytes(4, "big") + unit


def moofs(data: bytes) -> list[tuple[int, Parent]]:
    """Place and box of each `moof`."""
    found: list[tuple[int, Box]] = [
        (head.offset, parse(data[head.offset : head.end])[0]) for head in boxes(data) if head.type == "moof"
    ]
    return [(at, moof) for at, moof in found if isinstance(moof, Parent)]


def subsample_table(header: bytes, data: bytes) -> list[list[tuple[int, int]]]:
    """Clear and protected bytes of each subsample of each sample."""
    iv_size = protection_of(Header.parse(header).entry).encryption.per_sample_iv_size
    table = []
    for _, moof in moofs(data):
        box = moof.one("traf/senc", SampleEncryption)
        found = read_information(box, iv_size).subsamples
        assert found is not None
        rows: list[list[tuple[int, int]]] = [[] for _ in range(box.sample_count)]
        for sample, clear, protected in zip(found.sample, found.clear, found.protected, strict=True):
            rows[sample].append((int(clear), int(protected)))
        table += rows
    return table
