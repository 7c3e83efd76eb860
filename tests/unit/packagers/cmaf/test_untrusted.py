"""Whatever is wrong with an encoder's output, it is packaged or refused; nothing else happens."""

from fractions import Fraction

from encoder_output import encoded_audio, encoded_video, opener
from hypothesis import given
from hypothesis import strategies as st

from packagers.cmaf import AudioPlan, CmafError, VideoPlan, package_audio, package_video

VIDEO = encoded_video((0, 3, 1, 2), (4, 7, 5, 6))
AUDIO = encoded_audio(8)


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """`data` with some bytes overwritten and perhaps its end cut off."""
    byte = st.sampled_from([0, 1, 2, 8, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
    edits = st.dictionaries(st.integers(0, len(data) - 1), byte, max_size=6)
    ends = st.just(len(data)) | st.integers(0, len(data))
    return st.builds(
        lambda edits, end: bytes(edits.get(at, b) for at, b in enumerate(data[:end])), edits, ends
    )


@given(damaged(VIDEO))
def test_video(data: bytes) -> None:
    plan = VideoPlan(Fraction(25), 25000, 8, (0, 4), (0, 4), (0,))
    try:
        rendition = package_video(plan, [opener(data)])
        segments = list(rendition.segments())
    except CmafError:
        return
    assert [segment.info.duration for segment in segments] == [4000, 4000]
    assert all(len(segment.to_bytes()) == segment.info.size for segment in segments)


@given(damaged(AUDIO))
def test_audio(data: bytes) -> None:
    plan = AudioPlan((Fraction(0), Fraction(1, 12)), 6000)
    try:
        rendition = package_audio(plan, opener(data))
        segments = list(rendition.segments())
    except CmafError:
        return
    assert sum(segment.info.duration for segment in segments) == 6000
