"""Whose memory is encrypted."""

import pytest
from protected_media import IDR_HEADER, IV, KEY, header, nal, segment

from packagers.cenc import Cbcs, Cenc, CencError, Protector, Scheme
from packagers.cmaf import FragmentedSegment, MediaSegment

SCHEMES = pytest.mark.parametrize("scheme", [Cenc(KEY, 1), Cbcs(KEY, IV)], ids=["cenc", "cbcs"])


def writable(of: MediaSegment) -> FragmentedSegment:
    assert isinstance(of, FragmentedSegment)
    return of.changed(of.fragments, memoryview(bytearray(of.media)))


@SCHEMES
def test_the_clear_segment_stays_unless_it_may_be_changed(scheme: Scheme) -> None:
    clear = writable(segment([nal(IDR_HEADER + bytes(500))], video=True))
    before, protector = clear.to_bytes(), Protector(header(video=True), scheme)
    made = protector.segment(clear).to_bytes()
    assert clear.to_bytes() == before
    changed = protector.segment(clear, in_place=True)
    assert changed.to_bytes() == made
    assert clear.to_bytes()[-500:] == made[-500:] != before[-500:]


def test_a_segment_of_which_only_bytes_are_known_is_refused() -> None:
    clear = segment([nal(IDR_HEADER)], video=True)
    with pytest.raises(CencError, match="nothing but its bytes is known"):
        Protector(header(video=True), Cbcs(KEY, IV)).segment(MediaSegment(clear.info, clear.parts))
