"""Encoder output that lies: refused in one sentence, without the memory it asks for."""

import io
import tracemalloc

import pytest
from encoder_output import AVC1, box, encoded, fragment, movie

from packagers.cmaf import CmafError, read_source
from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Box, Opaque, Parent
from packagers.mp4.fragment import SAMPLES, TrackFragmentDecodeTime, TrackFragmentHeader, TrackRun
from packagers.mp4.movie import TrackExtends
from packagers.mp4.table import Table

ONE = SAMPLES.table(sample_size=[1])


def with_fragment(
    *,
    samples: Table = SAMPLES.empty,
    count: int = 1,
    flags: int = 0x20000,
    time: int = 0,
    at: int | None = 0,
    size: int = 0,
) -> bytes:
    header = TrackFragmentHeader(flags=flags, track_id=1, default_sample_size=size, default_sample_duration=1)
    run = TrackRun(sample_count=count, data_offset=at, samples=samples)
    traf = box("traf", header, TrackFragmentDecodeTime(base_media_decode_time=time), run)
    return encoded(AVC1, 25000, [box("moof", traf).to_bytes()])


def read(data: bytes) -> object:
    return read_source(io.BytesIO(data))


REFUSED = {
    "no boxes": (b"", "no movie box with movie fragments after it"),
    "no fragments": (encoded(AVC1, 25000, []), "no movie box with movie fragments after it"),
    "no samples": (with_fragment(count=0), "the movie fragments have no samples"),
    "samples without bytes": (
        with_fragment(count=1 << 31),
        "more than 6000000 samples, in the fragment at byte 434",
    ),
    "absolute offsets": (with_fragment(flags=0), "the fragment at byte 434 is not relative to itself"),
    "a time past all films": (with_fragment(time=1 << 63), "decode time 9223372036854775808, more than"),
    "data behind the file": (
        with_fragment(size=1000),
        "the data of sample 0 lie outside the file's 514 bytes",
    ),
    "data before the file": (
        with_fragment(at=-1000),
        "the data of sample 0 lie outside the file's 514 bytes",
    ),
    "timescale 0": (encoded(AVC1, 0, [fragment(0, 1, ONE, b"x", sync=False)]), "the timescale is 0"),
    "an empty edit": (
        encoded(AVC1, 25000, [fragment(0, 1, ONE, b"x", sync=False)], skip=-1),
        "the edit list does more than skip a start",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_lies_is_refused(data: bytes, message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(CmafError) as caught:
            read(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(message)
    assert peak < 2_000_000


def test_two_tracks_are_refused() -> None:
    head = movie([AVC1])
    two = Parent(type="moov", children=(*head.children, head.children[1]))
    data = two.to_bytes() + fragment(0, 1, ONE, b"x", sync=False)
    with pytest.raises(Mp4Error, match="moov has 2 boxes trak where one is due"):
        read(data)


@pytest.mark.parametrize(
    "entries", [(AVC1, AVC1), (), (Opaque(type="vp09"),)], ids=["two", "none", "unknown"]
)
def test_another_number_or_kind_of_sample_entries_is_refused(entries: tuple[Box, ...]) -> None:
    data = movie(entries).to_bytes() + fragment(0, 1, ONE, b"x", sync=False)
    with pytest.raises(CmafError, match=rf"{len(entries)} sample entries where one of a known kind is due"):
        read(data)


def test_defaults_come_from_the_movie_when_the_fragment_has_none() -> None:
    header = TrackFragmentHeader(flags=0x20000, track_id=1)
    run = TrackRun(sample_count=3, data_offset=0)
    traf = box("traf", header, TrackFragmentDecodeTime(base_media_decode_time=5), run, run)
    head = movie([AVC1])
    defaults = TrackExtends(
        track_id=1, default_sample_duration=7, default_sample_size=2, default_sample_flags=0x10000
    )
    head = Parent(type="moov", children=(*head.children[:2], box("mvex", defaults)))
    source = read_source(io.BytesIO(head.to_bytes() + box("moof", traf).to_bytes()))
    at = head.size
    assert source.samples.decode_times.tolist() == [5, 12, 19, 26, 33, 40]
    assert source.samples.places.tolist() == [at, at + 2, at + 4] * 2
    assert not source.samples.sync.any()


def test_a_run_without_an_offset_goes_on_where_the_last_ended() -> None:
    header = TrackFragmentHeader(flags=0x20000, track_id=1, default_sample_size=4, default_sample_duration=1)
    first, second = TrackRun(sample_count=2, data_offset=10), TrackRun(sample_count=1)
    traf = box("traf", header, TrackFragmentDecodeTime(base_media_decode_time=0), first, second)
    head = movie([AVC1]).to_bytes()
    source = read_source(io.BytesIO(head + box("moof", traf).to_bytes()))
    assert (source.samples.places - len(head)).tolist() == [10, 14, 18]
