"""Protected segments: what is encrypted, with which IV, and what the boxes say of it."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR
from hypothesis import given, settings
from hypothesis import strategies as st
from protected_media import (
    AVC1,
    IDR_HEADER,
    IV,
    KEY,
    KID,
    P_HEADER,
    SECRET,
    header,
    moofs,
    nal,
    segment,
    subsample_table,
)

from packagers.cenc import Cbcs, Cenc, CencError, ContentKey, Protector, Scheme, Unprotector, protect, pssh
from packagers.cmaf import Rendition
from packagers.cmaf.header import CmafTrack, cmaf_header
from packagers.mp4.box import Parent
from packagers.mp4.dump import dump
from packagers.mp4.fragment import TrackRun
from packagers.mp4.protection import SampleAuxiliaryOffsets, SampleEncryption
from packagers.mp4.sample_group import GROUPS, SampleToGroup
from packagers.presentation import VideoFormat

Golden = Callable[[str, str], None]

CENC, CBCS = Cenc(KEY, stream=0xABCDEF), Cbcs(KEY, IV)
SCHEMES = pytest.mark.parametrize("scheme", [CENC, CBCS], ids=["cenc", "cbcs"])
TEXT = bytes(range(256)) * 2
"""Slice data; of 32 blocks no two are equal next to each other."""


def protected(*fragments: list[bytes], scheme: Scheme, video: bool = True, first: int = 0) -> bytes:
    protector = Protector(header(video=video), scheme)
    return protector.segment(segment(*fragments, video=video, first=first)).to_bytes()


def payload(data: bytes, sizes: list[int]) -> list[bytes]:
    """Samples of a segment of one fragment."""
    ((at, moof),) = moofs(data)
    place = at + (moof.one("traf/trun", TrackRun).data_offset or 0)
    return [data[place + sum(sizes[:i]) : place + sum(sizes[: i + 1])] for i in range(len(sizes))]


def test_cenc_is_one_ctr_stream_over_the_slices_of_a_sample() -> None:
    sample = nal(IDR_HEADER + TEXT[:40]) + nal(IDR_HEADER + TEXT[:64])
    (found,) = payload(protected([sample], scheme=CENC, first=0x1234), [len(sample)])
    iv = bytes.fromhex("abcdef 0000001234") + bytes(8)
    plain = Cipher(AES(SECRET), CTR(iv)).decryptor().update(found[16:48] + found[56:])
    assert plain == TEXT[8:40] + TEXT[:64]
    assert (found[:16], found[48:56]) == (sample[:16], sample[48:56])


def test_cbcs_encrypts_one_block_of_ten_of_a_slice() -> None:
    sample = nal(P_HEADER + TEXT[: 16 * 21 + 15])
    (found,) = payload(protected([sample], scheme=CBCS), [len(sample)])
    blocks = [found[at : at + 16] for at in range(7, len(found), 16)]
    clear = [sample[at : at + 16] for at in range(7, len(found), 16)]
    assert [number for number, block in enumerate(blocks) if block != clear[number]] == [0, 10, 20]
    plain = Cipher(AES(SECRET), CBC(IV)).decryptor().update(blocks[0] + blocks[10] + blocks[20])
    assert plain == clear[0] + clear[10] + clear[20]


def test_cbcs_starts_each_slice_with_the_same_iv() -> None:
    slices = nal(P_HEADER + TEXT[:32]) * 2
    first, second = payload(protected([slices, slices], scheme=CBCS), [len(slices)] * 2)
    assert first == second
    assert first[:39] == first[39:] != slices[:39]


def test_cbcs_encrypts_all_whole_blocks_of_sound() -> None:
    (found,) = payload(protected([TEXT[:45]], scheme=CBCS, video=False), [45])
    assert Cipher(AES(SECRET), CBC(IV)).decryptor().update(found[:32]) + found[32:] == TEXT[:45]


def test_cenc_encrypts_sound_to_the_last_byte() -> None:
    (found,) = payload(protected([TEXT[:45]], scheme=CENC, video=False), [45])
    iv = bytes.fromhex("abcdef 0000000000") + bytes(8)
    assert Cipher(AES(SECRET), CTR(iv)).decryptor().update(found) == TEXT[:45]


@SCHEMES
@pytest.mark.parametrize("video", [True, False], ids=["video", "audio"])
def test_boxes(scheme: Scheme, video: bool, golden: Golden) -> None:
    samples = [nal(b"\x09\xf0") + nal(IDR_HEADER + TEXT), nal(P_HEADER + bytes(20))]
    protector = Protector(header(video=video), scheme)
    data = protector.header + protector.segment(segment(samples, samples[1:], video=video)).to_bytes()
    name = f"mp4/{scheme.scheme_type}-{'video' if video else 'audio'}.txt"
    golden(name, "".join(f"{line}\n" for line in dump(io.BytesIO(data))))


def test_boxes_of_a_clear_lead(golden: Golden) -> None:
    systems = [pssh.common(KID), pssh.widevine(KID, "cbcs"), pssh.playready(KID, "cbcs")]
    protector = Protector(header(video=True), CBCS, systems=systems, clear_lead=True)
    lead = protector.clear_segment(segment([nal(IDR_HEADER + TEXT)], video=True))
    rest = protector.segment(segment([nal(IDR_HEADER + TEXT)], video=True, first=1000))
    data = protector.header + lead.to_bytes() + rest.to_bytes()
    golden("mp4/clear-lead.txt", "".join(f"{line}\n" for line in dump(io.BytesIO(data))))


def test_the_clear_lead_of_a_part_ends_where_that_of_the_track_does() -> None:
    """The second and third segments of a track, two of which are clear."""
    sample = nal(IDR_HEADER + TEXT[:64])
    clear = [segment([sample], video=True), segment([sample], video=True, first=1)]
    part = Rendition(
        header(video=True), "avc1", 1000, VideoFormat(16, 16, Fraction(25)), lambda: iter(clear), first=2
    )
    made = [found.to_bytes() for found in protect(part, CBCS, clear_segments=2).segments()]
    assert [bool(list(moofs(data)[0][1].find("traf/senc", SampleEncryption))) for data in made] == [
        False,
        True,
    ]


@SCHEMES
def test_saio_points_at_the_entries_of_senc(scheme: Scheme) -> None:
    sample = nal(IDR_HEADER + TEXT)
    data = protected([sample, sample], [sample], scheme=scheme)
    for at, moof in moofs(data):
        (offset,) = moof.one("traf/saio", SampleAuxiliaryOffsets).offsets["offset"].tolist()
        entries = moof.one("traf/senc", SampleEncryption).entries
        assert data[at + offset : at + offset + len(entries)] == entries


@SCHEMES
def test_measurements_follow_the_bytes(scheme: Scheme) -> None:
    samples = [nal(IDR_HEADER + TEXT), nal(P_HEADER + TEXT)]
    clear = segment(samples, samples[:1], samples, video=True)
    made = Protector(header(video=True), scheme).segment(clear)
    data = made.to_bytes()
    assert (made.info.size, made.info.duration) == (len(data), clear.info.duration)
    places = [at for at, _ in moofs(data)]
    assert [point.offset for point in made.info.sync_points] == places
    ends = [
        at + (moof.one("traf/trun", TrackRun).data_offset or 0) + len(samples[0]) for at, moof in moofs(data)
    ]
    assert [point.offset + point.size for point in made.info.sync_points] == ends


def ivs(data: bytes) -> list[bytes]:
    entries = b"".join(moof.one("traf/senc", SampleEncryption).entries for _, moof in moofs(data))
    return [entries[at : at + 8] for at in range(0, len(entries), 8)]


def test_no_iv_repeats_over_fragments_segments_and_streams() -> None:
    found = []
    for stream in range(3):
        for first in (0, 4000):
            fragments = ([b"a", b"b"], [b"c", b""])
            found += ivs(protected(*fragments, scheme=Cenc(KEY, stream), video=False, first=first))
    assert len(found) == len(set(found)) == 24


def test_the_same_input_gives_the_same_bytes() -> None:
    samples = [nal(IDR_HEADER + TEXT)]
    assert protected(samples, scheme=CENC) == protected(samples, scheme=CENC)


units = st.tuples(
    st.sampled_from([b"\x06", b"\x09", IDR_HEADER, P_HEADER]),
    st.integers(1, 400) | st.sampled_from([15, 16, 17, 159, 160, 161, 70_000]),
) | st.just((P_HEADER, 1_000_000))
layouts = st.lists(st.lists(st.lists(units, max_size=4), min_size=1, max_size=4), min_size=1, max_size=3)


def sample_of(layout: list[tuple[bytes, int]]) -> bytes:
    """NAL units, of which the start and the number of bytes behind it are given."""
    return b"".join(nal(start + (TEXT * 2000)[:size]) for start, size in layout)


@SCHEMES
@settings(max_examples=40, deadline=None)
@given(layouts, st.booleans())
def test_decrypting_gives_the_very_bytes_back(
    scheme: Scheme, layout: list[list[list[tuple[bytes, int]]]], video: bool
) -> None:
    fragments = [[sample_of(sample) for sample in fragment] for fragment in layout]
    clear, original = header(video=video), segment(*fragments, video=video)
    protector = Protector(clear, scheme)
    made = protector.segment(original)
    unprotector = Unprotector(protector.header, KEY)
    assert unprotector.header == clear
    assert unprotector.segment(made.to_bytes()) == original.to_bytes()


def test_40_slices_are_the_most_in_cenc_and_42_in_cbcs() -> None:
    unit = nal(P_HEADER + bytes(16))
    for scheme, most in ((CENC, 40), (CBCS, 42)):
        protector = Protector(header(video=True), scheme)
        made = protector.segment(segment([unit * most], video=True)).to_bytes()
        assert subsample_table(protector.header, made) == [[(7, 16)] * most]
        with pytest.raises(CencError, match="sample 0 takes more subsamples"):
            protector.segment(segment([unit * (most + 1)], video=True))


def test_keys_never_show() -> None:
    shown = repr([CENC, CBCS, KEY]) + str(KEY)
    assert KID.hex() in shown.replace("\\x", "") or repr(KID) in shown
    for secret in (SECRET.hex(), repr(SECRET), repr(SECRET)[2:-1], str(list(SECRET))):
        assert secret not in shown
    with pytest.raises(CencError) as error:
        ContentKey(KID, SECRET + b"!")
    assert repr(SECRET)[2:-1] not in str(error.value)


def protected_header(old: str, new: str) -> bytes:
    """Of a cbcs track, with some bytes changed."""
    data = Protector(header(video=True), CBCS).header
    assert bytes.fromhex(old) in data
    return data.replace(bytes.fromhex(old), bytes.fromhex(new))


def grouped(data: bytes) -> bytes:
    """A segment of one fragment, with a sample group of keys in it."""
    ((at, moof),) = moofs(data)
    groups = GROUPS.table(sample_count=[1], group_description_index=[1])
    track = moof.one("traf", Parent)
    more = replace(track, children=(*track.children, SampleToGroup(grouping_type="seig", groups=groups)))
    return data[:at] + replace(moof, children=(*moof.children[:-1], more)).to_bytes() + data[at + moof.size :]


def hev1_header() -> bytes:
    return cmaf_header(CmafTrack(replace(AVC1, type="hev1"), 25000, 100))


WRONG: dict[str, Callable[[], object]] = {
    "protection of hev1 is not supported": lambda: Protector(hev1_header(), CBCS),
    "protection of encv is not supported": lambda: Protector(
        Protector(header(video=True), CBCS).header, CBCS
    ),
    "header: avc1 has 0 boxes sinf/frma": lambda: Unprotector(header(video=True), KEY),
    "the track is under key 00112233445566778899aabbccddeeff, not 0{32}": lambda: Unprotector(
        Protector(header(video=True), CBCS).header, ContentKey(bytes(16), SECRET)
    ),
    "protection scheme cens is not supported": lambda: Unprotector(
        protected_header("7363686d 00000000 63626373", "7363686d 00000000 63656e73"), KEY
    ),
    "cenc with an IV of 0 bytes for each sample": lambda: Unprotector(
        protected_header("7363686d 00000000 63626373", "7363686d 00000000 63656e63"), KEY
    ),
    "the constant IV has 8 bytes instead of 16": lambda: Cbcs(KEY, IV[:8]),
    "stream 16777216 does not fit 24 bits": lambda: Cenc(KEY, 1 << 24),
    "a clear segment in a track whose header has no clear sample entry": lambda: Protector(
        header(video=True), CBCS
    ).clear_segment(segment([nal(IDR_HEADER)], video=True)),
    "2 sample entries where a clear CMAF header has one": lambda: Protector(
        Protector(header(video=True), CBCS, clear_lead=True).header, CBCS
    ),
    "sbgp of type seig": lambda: Unprotector(Protector(header(video=True), CBCS).header, KEY).segment(
        grouped(segment([nal(IDR_HEADER)], video=True).to_bytes())
    ),
    "0 moov boxes": lambda: Protector(b"", CBCS),
    "header: file at byte 36: box moov has size": lambda: Protector(header(video=True)[:-1], CBCS),
}


@pytest.mark.parametrize(("message", "attempt"), WRONG.items(), ids=WRONG)
def test_what_cannot_be_done_is_refused(message: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(CencError, match=message):
        attempt()


@SCHEMES
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_broken_segments_give_nothing_but_errors(scheme: Scheme, data: st.DataObject) -> None:
    protector = Protector(header(video=True), scheme)
    unprotector = Unprotector(protector.header, KEY)
    broken = bytearray(protected([nal(IDR_HEADER + TEXT[:40])] * 3, scheme=scheme))
    for at in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=4)):
        broken[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFF]))
    try:
        unprotector.segment(bytes(broken[: data.draw(st.integers(0, len(broken)))]))
    except CencError:
        return
