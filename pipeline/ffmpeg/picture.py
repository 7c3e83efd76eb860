"""Filters between the decoder and the encoders: upright, square pixels, limited-range SDR, the right size."""

from typing import Any

from pipeline.media import Colour, VideoStream

HD_HEIGHT = 576
"""Untagged pictures with more lines than this are BT.709, others BT.601 (what players assume as well)."""

SDR = {"bt709", "smpte170m", "bt470bg", "smpte240m"}

_TRANSPOSE = {90: "clock", 270: "cclock"}


def output_colour(stream: VideoStream) -> Colour:
    """The colour description all rungs carry: the master's own where it is SDR and tagged, else the usual one
    for its size. High dynamic range is mapped down to BT.709."""
    if stream.colour.is_hdr:
        return Colour(primaries="bt709", transfer="bt709", matrix="bt709")
    usual = "bt709" if max(stream.height, stream.display_size[1]) > HD_HEIGHT else "smpte170m"
    matrix = stream.colour.matrix if stream.colour.matrix in SDR else usual
    primaries = stream.colour.primaries if stream.colour.primaries in SDR else matrix
    transfer = stream.colour.transfer if stream.colour.transfer in SDR else "bt709"
    return Colour(primaries=primaries, transfer=transfer, matrix=matrix)


def picture(frames: Any, stream: VideoStream) -> Any:
    """`frames` turned upright and, where needed, mapped to standard dynamic range."""
    if stream.rotation == 180:
        frames = frames.filter("hflip").filter("vflip")
    elif stream.rotation:
        frames = frames.filter("transpose", _TRANSPOSE[stream.rotation])
    return _tone_mapped(frames, stream.colour) if stream.colour.is_hdr else frames


def scaled(frames: Any, width: int, height: int, stream: VideoStream) -> Any:
    """`frames` at a size, in square pixels, 8-bit 4:2:0 and limited range, tagged with the output colour."""
    colour = output_colour(stream)
    # Left alone, the filter takes every untagged picture for BT.601, high definition too.
    untagged = {"in_color_matrix": colour.matrix} if stream.colour.matrix == "unknown" else {}
    frames = frames.filter(
        "scale",
        w=width,
        h=height,
        # Exact rounding and no SIMD shortcuts: the same bytes on every machine.
        flags="bicubic+accurate_rnd+full_chroma_int+bitexact",
        out_range="tv",
        out_color_matrix=colour.matrix,
        **untagged,
    )
    frames = frames.filter("format", "yuv420p").filter("setsar", 1)
    return frames.filter(
        "setparams",
        range="tv",
        color_primaries=colour.primaries,
        color_trc=colour.transfer,
        colorspace=colour.matrix,
    )


def _tone_mapped(frames: Any, colour: Colour) -> Any:
    """PQ or HLG to BT.709: linear light, gamut, Hable's curve (a film curve that keeps highlights)."""
    # Both come with BT.2020 (ITU-R BT.2100); without it the conversion would be refused.
    usual = {"color_primaries": (colour.primaries, "bt2020"), "colorspace": (colour.matrix, "bt2020nc")}
    untold = {key: default for key, (told, default) in usual.items() if told == "unknown"}
    if untold:
        frames = frames.filter("setparams", **untold)
    frames = frames.filter("zscale", transfer="linear", npl=100).filter("format", "gbrpf32le")
    frames = frames.filter("zscale", primaries="bt709").filter("tonemap", "hable", desat=0)
    return frames.filter("zscale", transfer="bt709", matrix="bt709", range="tv").filter("format", "yuv420p")
