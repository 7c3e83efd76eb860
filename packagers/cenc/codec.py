"""Which bytes of a sample a codec lets be protected: for each sample entry, who finds them."""

from collections.abc import Callable

from packagers.cenc.av1_subsamples import Av1Subsamples
from packagers.cenc.error import CencError
from packagers.cenc.nal_units import NalSubsamples, avc_format, hevc_format
from packagers.cenc.subsamples import Integers, Subsamples
from packagers.mp4.decoder_config import Av1Configuration, AvcConfiguration, HevcConfiguration
from packagers.mp4.sample_entry import SampleEntry

WHOLE_SAMPLES = {"mp4a", "ac-3", "ec-3", "Opus", "fLaC"}

Find = Callable[[memoryview, Integers, Integers], Subsamples | None]
"""From media data, and places and sizes of the samples of a segment in them. None when samples are
protected whole."""


def finder(entry: SampleEntry, *, whole_blocks: bool) -> Find:
    """How to find the subsamples of such samples; of `whole_blocks` for AES-CTR.

    `CencError` for a codec that is not supported, and for parameter sets outside the sample entry.
    """
    match entry.type:
        case "avc1":
            avc = entry.one("avcC", AvcConfiguration)
            return NalSubsamples(
                avc.length_size_minus_one + 1, avc_format(avc), whole_blocks=whole_blocks
            ).find
        case "hvc1":
            hevc = entry.one("hvcC", HevcConfiguration)
            return NalSubsamples(
                hevc.length_size_minus_one + 1, hevc_format(hevc), whole_blocks=whole_blocks
            ).find
        case "av01":
            return Av1Subsamples(entry.one("av1C", Av1Configuration), whole_blocks=whole_blocks).find
    if entry.type in WHOLE_SAMPLES:
        return lambda _data, _places, _sizes: None
    raise CencError(f"protection of {entry.type} is not supported")
