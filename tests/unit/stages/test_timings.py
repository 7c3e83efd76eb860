"""When frames are shown, where decoding can start, and which masters are not whole."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from pipeline.errors import BadMasterError, StoppedError
from pipeline.ffmpeg.outline import outlined
from pipeline.ffmpeg.probe import probe
from pipeline.stages.timings import Timings, by_index, by_packets, timings_of

Media = Callable[..., Path]

SECONDS = 8
PICTURES = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=25:d={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"anoisesrc=r=48000:d={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-sc_threshold", "0")


def scanned(path: Path) -> Timings:
    return timings_of(path, probe(path))


def part(path: Path, share: float) -> Path:
    """The first `share` of the file's bytes, as a broken copy leaves it."""
    cut = path.with_stem(f"{path.stem}-cut-{share}")
    cut.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])
    return cut


@pytest.fixture
def film(media: Media) -> Path:
    return media("whole.mp4", *PICTURES, *SOUND, *H264, "-c:a", "aac", "-movflags", "+faststart")


def test_times_and_key_frames(film: Path) -> None:
    pictures, sound = scanned(film).streams
    assert pictures.ticks == tuple(n * 512 for n in range(200))
    assert pictures.keys == tuple(n * 25 * 512 for n in range(8))
    assert pictures.end == 200 * 512
    # Of sound, only where it starts and ends: edit lists have removed the encoder's priming.
    assert (sound.ticks, sound.keys, sound.end) == ((0,), (), 8 * 48_000)


def test_pictures_are_listed_in_the_order_they_are_shown(media: Media) -> None:
    reordered = media("reordered.mp4", *PICTURES, *H264, "-bf", "3")
    (pictures,) = scanned(reordered).streams
    assert pictures.ticks == tuple(n * 512 for n in range(200))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_cut_mp4_is_refused(film: Path, share: float) -> None:
    with pytest.raises(BadMasterError, match=r"the file is cut short: it declares 8\.0 s, and \d\.\d s are"):
        scanned(part(film, share))


def test_an_mp4_cut_before_its_index_cannot_be_opened(media: Media) -> None:
    index_last = media("index-last.mp4", *PICTURES, *H264)
    with pytest.raises(BadMasterError, match="not a media file that can be read"):
        scanned(part(index_last, 0.5))


@pytest.mark.parametrize("name", ["whole.mkv", "whole.mov", "whole.avi", "whole.flv"])
def test_other_containers_that_declare_their_length(media: Media, name: str) -> None:
    codecs = ("-c:v", "mpeg4", "-c:a", "pcm_s16le") if name.endswith("avi") else (*H264, "-c:a", "aac")
    whole = media(name, *PICTURES, *SOUND, *codecs, *(("-movflags", "+faststart") * name.endswith("mov")))
    assert len(scanned(whole).streams[0].ticks) == 200
    with pytest.raises(BadMasterError, match="the file is cut short"):
        scanned(part(whole, 0.5))


def test_a_stream_cut_at_the_end_is_taken_for_what_it_has(media: Media) -> None:
    """A transport stream declares nothing, so that a recording stopped early looks like this."""
    whole = media("whole.ts", *PICTURES, *SOUND, *H264, "-c:a", "aac")
    pictures = scanned(part(whole, 0.5)).streams[0]
    assert 60 < len(pictures.ticks) < 140


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le"])
def test_masters_with_uncompressed_sound_are_whole(media: Media, codec: str) -> None:
    """Their containers count samples where others count packets."""
    path = media(f"{codec}.mov", *PICTURES, *SOUND, *H264, "-c:a", codec)
    assert scanned(path).streams[1].end == 8 * 48_000


@pytest.mark.parametrize("name", ["short-sound.mkv", "short-sound.mp4", "late-sound.mkv"])
def test_sound_may_be_shorter_than_the_picture(media: Media, name: str) -> None:
    place = ("-itsoffset", "5") if name.startswith("late") else ()
    sound = (*place, "-f", "lavfi", "-i", "sine=d=2")
    assert len(scanned(media(name, *PICTURES, *sound, *H264, "-c:a", "aac")).streams[0].ticks) == 200


def test_a_clip_cut_out_without_encoding_is_whole(film: Path, media: Media) -> None:
    """It carries the pictures from the last key frame on, and an edit list that hides them."""
    clip = media("clip.mp4", "-ss", "4.6", "-i", film, "-t", "2", "-c", "copy")
    pictures, sound = scanned(clip).streams
    assert pictures.ticks == tuple(n * 512 for n in range(50))
    assert sound.end / 48_000 == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("name", ["quiet-first.aac", "quiet-first.mp3"])
def test_a_length_guessed_from_the_bit_rate_proves_nothing(ffmpeg: str, tmp_path: Path, name: str) -> None:
    """Silence takes few bits, so that the guess at the start is far too long."""
    graph = "anullsrc=r=48000:d=5[a];anoisesrc=r=48000:d=10[b];[a][b]concat=v=0:a=1"
    codec = ("-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0") if name.endswith("mp3") else ()
    command = [ffmpeg, "-loglevel", "error", "-filter_complex", graph, *codec, tmp_path / name]
    subprocess.run(command, check=True)
    guessed = probe(tmp_path / name).duration
    assert guessed is not None
    assert guessed > 20
    (sound,) = scanned(tmp_path / name).streams
    audio = probe(tmp_path / name).audio[0]
    assert float(sound.end * audio.time_base) == pytest.approx(15, abs=0.1)


def test_pictures_before_the_first_whole_one_are_left_out(media: Media) -> None:
    whole = media("gops.ts", *PICTURES, "-c:v", "mpeg2video", "-bf", "2", "-g", "25")
    headless = whole.with_name("gops-headless.ts")
    headless.write_bytes(whole.read_bytes()[whole.stat().st_size // 188 // 3 * 188 :])
    (pictures,) = scanned(headless).streams
    assert pictures.ticks[0] == pictures.keys[0]
    assert pictures.ticks[0] in scanned(whole).streams[0].keys


def test_a_clock_that_jumps_by_days_is_refused(media: Media) -> None:
    """Two pictures, the second of them 30 hours later."""
    jump = (*PICTURES, "-frames:v", "2", "-vf", "setpts=N*30*3600/TB", "-fps_mode", "passthrough", *H264)
    with pytest.raises(BadMasterError, match="stream 0 lasts 30 hours, at most 24 can be encoded"):
        scanned(media("jump.mkv", *jump))


def test_a_stream_without_times_is_refused(media: Media) -> None:
    with pytest.raises(BadMasterError, match="stream 0 holds no data with a time"):
        scanned(media("plain.h264", *PICTURES, *H264))


def test_reading_can_be_stopped(film: Path) -> None:
    packets = 0

    def stop_after_ten() -> None:
        nonlocal packets
        packets += 1
        if packets == 10:
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        timings_of(film, probe(film), stop_after_ten)
    assert packets == 10


INDEXED = {
    "reordered.mp4": (*PICTURES, *SOUND, *H264, "-bf", "3", "-c:a", "aac", "-movflags", "+faststart"),
    "index-last.mov": (*PICTURES, *SOUND, *H264, "-c:a", "pcm_s24le"),
    "open-gops.mp4": (*PICTURES, "-c:v", "libx265", "-x265-params", "log-level=1:keyint=25:open-gop=1"),
    "mpeg2.mp4": (*PICTURES, *SOUND, "-c:v", "mpeg2video", "-bf", "2", "-g", "25", "-c:a", "ac3"),
    "mpeg4.mp4": (*PICTURES, *SOUND, "-c:v", "mpeg4", "-g", "25", "-c:a", "flac"),
    "av1.mp4": (*PICTURES, "-c:v", "libsvtav1", "-preset", "12", "-g", "25"),
    "intra.mov": (*PICTURES, *SOUND, "-c:v", "prores_ks", "-c:a", "pcm_s16le", "-timecode", "01:00:00:00"),
    "slow.mp4": (*PICTURES, "-vf", "setpts=PTS+mod(N\\,3)*0.013/TB", "-fps_mode", "passthrough", *H264),
    "sound.m4a": (*SOUND, "-c:a", "aac"),
}


@pytest.mark.parametrize("name", INDEXED)
def test_an_index_tells_what_all_packets_tell(media: Media, name: str) -> None:
    path = media(f"indexed-{name}", *INDEXED[name])
    info = probe(path)
    found = by_index(path, info)
    assert found
    assert found == by_packets(path, info)
    with path.open("rb") as file:
        assert by_index(file, info) == by_packets(file, info) == found


def test_a_clip_cut_out_of_an_mp4_has_an_index_with_its_edit_list(film: Path, media: Media) -> None:
    clip = media("clip.mp4", "-ss", "4.6", "-i", film, "-t", "2", "-c", "copy")
    info = probe(clip)
    found = by_index(clip, info)
    assert found
    assert found == by_packets(clip, info)
    assert sorted(found.ticks[0]) == [n * 512 for n in range(50)]


class Counted(io.FileIO):
    """Counts what is read of a file."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.count += len(found)
        return found


def test_nothing_is_read_of_the_media_but_to_open_them(film: Path) -> None:
    with Counted(film) as file, outlined(cast("BinaryIO", file)) as container:
        assert container
        before = file.count
        sizes = [packet.size for packet in container.demux()]
        assert file.count == before
    assert sum(sizes) > 0.9 * film.stat().st_size


def test_a_master_that_went_meanwhile(film: Path) -> None:
    info = probe(film)
    gone = film.with_stem("gone")
    with pytest.raises(BadMasterError, match=r"gone\.mp4: .* can be read \(No such file or directory\)"):
        timings_of(gone, info)


@pytest.mark.parametrize("flags", ["+frag_keyframe", "+frag_keyframe+empty_moov"])
def test_fragmented_files_have_no_index(media: Media, flags: str) -> None:
    path = media(f"fragmented{flags}.mp4", *PICTURES, *H264, "-movflags", flags)
    assert by_index(path, probe(path)) is None
    assert scanned(path).streams[0].keys == tuple(n * 25 * 512 for n in range(8))


def test_other_containers_are_read_whole(media: Media) -> None:
    path = media("pictures.mkv", *PICTURES, *H264)
    assert by_index(path, probe(path)) is None


def test_an_index_that_calls_all_pictures_key_frames_is_not_believed(film: Path) -> None:
    """Without a list of them, all are (ISO/IEC 14496-12 8.6.2); some programs forget to write it."""
    forgetful = film.with_stem("forgetful")
    forgetful.write_bytes(film.read_bytes().replace(b"stss", b"free"))
    assert by_index(forgetful, probe(forgetful)) is None
    assert scanned(forgetful) == scanned(film)
    with forgetful.open("rb") as file:
        assert timings_of(file, probe(film)) == scanned(film)
