"""Master file -> MediaInfo, through PyAV. Refuses, in one sentence, what cannot be a master."""

import os
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, cast

import av
import langcodes
import langcodes.tag_parser
from av.container import InputContainer
from av.error import FFmpegError

from packagers.names import is_language_tag
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.source import INPUT_OPTIONS
from pipeline.media import AudioStream, Colour, MediaInfo, Rotation, VideoStream

MAX_SIDE = 16_384
"""A picture with a longer side than this decodes to more memory than a worker has."""

SNIFF_BYTES = 4096

PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
}  # fmt: skip
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
"""Code points of ITU-T H.273 to ffmpeg's names; those not here are treated as unknown."""

FULL_RANGE = 2

LONGEST_TAG = 35


Source = Path | BinaryIO
"""A master: a file, or one that is open, seekable, and named for people by its `name`."""


def name_of(master: Source) -> str:
    return str(master if isinstance(master, Path) else master.name)


def probe(master: Source) -> MediaInfo:
    """Facts about a master. Raises BadMasterError when it is not one."""
    name = name_of(master)
    size, head = _beginning(master) if isinstance(master, Path) else _beginning_of(master)
    if not head:
        raise BadMasterError(f"{name}: the file is empty; copy or export it again")
    _refuse_references(name, head)
    with opened(master) as container:
        info = MediaInfo(
            format=container.format.name,
            size=size,
            duration=_duration(container.duration, Fraction(1, av.time_base)),
            video=_video(name, container),
            audio=tuple(_audio(container)),
        )
    if info.video is None and not info.audio:
        raise BadMasterError(f"{name}: no video or audio stream that can be decoded; export the master again")
    return info


@contextmanager
def opened(master: Source, options: Mapping[str, str] = INPUT_OPTIONS) -> Iterator[InputContainer]:
    """The master opened for reading; failures of FFmpeg's libraries become BadMasterError."""
    # The prefix keeps a file named `http:...` or `concat:...` a file.
    source = f"file:{master}" if isinstance(master, Path) else master
    if not isinstance(source, str):
        # FFmpeg takes an open file to begin where the last reader left it.
        source.seek(0)
    try:
        with av.open(source, "r", options=dict(options), metadata_errors="replace") as container:
            yield container
    except FFmpegError as error:
        reason = error.strerror or type(error).__name__
        raise BadMasterError(f"{name_of(master)}: not a media file that can be read ({reason})") from error


def _beginning(path: Path) -> tuple[int, bytes]:
    """Size and first bytes. Raises BadMasterError where there is no file that can be read."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise BadMasterError(f"{path}: not a file; name the master itself")
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise BadMasterError(f"{path}: no such file") from None
    except PermissionError:
        raise BadMasterError(f"{path}: no permission to read it; check its mode and owner") from None
    except OSError as error:
        raise BadMasterError(f"{path}: cannot be read: {error.strerror}") from error
    return status.st_size, head


def _beginning_of(file: BinaryIO) -> tuple[int, bytes]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size, file.read(SNIFF_BYTES)


def _refuse_references(name: str, head: bytes) -> None:
    """Text that refers to other files is recognised for a better sentence; the lists in `source` are what
    keeps it from being opened."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    kinds = {
        b"#EXTM3U": "an HLS playlist",
        b"ffconcat": "a concat list",
        b"file ": "a concat list",
        b"v=0": "SDP",
    }
    kind = next((name for prefix, name in kinds.items() if text.startswith(prefix)), None)
    if text.startswith(b"<") and b"<MPD" in head:
        kind = "a DASH manifest"
    if kind:
        raise BadMasterError(f"{name}: this is {kind}, which names other files; give the media file itself")
    if _is_text(head):
        raise BadMasterError(f"{name}: this is a text file, not a media file")


def _is_text(head: bytes) -> bool:
    try:
        # Not the end of the text: its last character may be incomplete.
        text = getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c in "\r\n\t\f" for c in text)


def _video(name: str, container: InputContainer) -> VideoStream | None:
    for stream in _video_candidates(container):
        _refuse_huge(name, stream.width, stream.height)
        frame = next(container.decode(stream), None)
        if frame is None:
            container.seek(0)
            continue
        context = stream.codec_context
        _refuse_huge(name, frame.width, frame.height)
        return VideoStream(
            index=stream.index,
            codec=context.name,
            width=frame.width,
            height=frame.height,
            sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            rotation=cast("Rotation", round(-frame.rotation / 90) * 90 % 360),
            pixel_format=frame.format.name,
            interlaced=frame.interlaced_frame,
            colour=Colour(
                primaries=PRIMARIES.get(int(frame.color_primaries), "unknown"),
                transfer=TRANSFERS.get(int(frame.color_trc), "unknown"),
                matrix=MATRICES.get(int(frame.colorspace), "unknown"),
                full_range=int(frame.color_range) == FULL_RANGE,
            ),
            time_base=Fraction(stream.time_base or 0),
            rate=stream.average_rate,
            frames=stream.frames,
            duration=_duration(stream.duration, stream.time_base),
            start=frame.pts,
        )
    return None


def _refuse_huge(name: str, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise BadMasterError(
            f"{name}: the picture is {width}x{height} pixels; at most {MAX_SIDE} a side can be encoded"
        )


def _video_candidates(container: InputContainer) -> list[av.VideoStream]:
    """Decodable pictures, the container's default first; cover art is not a film."""
    cover = av.stream.Disposition.attached_pic
    streams = [
        s for s in container.streams.video if s.codec_context is not None and not s.disposition & cover
    ]
    return sorted(streams, key=lambda s: not s.disposition & av.stream.Disposition.default)


def _audio(container: InputContainer) -> Iterator[AudioStream]:
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is None or not context.sample_rate or not context.layout.nb_channels:
            continue
        yield AudioStream(
            index=stream.index,
            codec=context.name,
            sample_rate=context.sample_rate,
            channels=context.layout.nb_channels,
            layout=context.layout.name,
            language=bcp47(stream.language),
            time_base=Fraction(stream.time_base or 0),
            frames=stream.frames,
            duration=_duration(stream.duration, stream.time_base),
        )


def bcp47(tag: str | None) -> str:
    """A container's language code (ISO 639-2 mostly) as a BCP-47 tag; `und` for what is not one, and for tags
    longer than any in use (RFC 5646, 4.4.1)."""
    try:
        standard = langcodes.standardize_tag(tag or "und")
    except langcodes.tag_parser.LanguageTagError:
        return "und"
    return standard if is_language_tag(standard) and len(standard) <= LONGEST_TAG else "und"


def _duration(ticks: int | None, time_base: Fraction | None) -> Fraction | None:
    return ticks * time_base if ticks and ticks > 0 and time_base else None
