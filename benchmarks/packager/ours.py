"""One packaging of one source, in a process of its own: ours.py SOURCE FOLDER SCHEME RATE GOP SEGMENT TOTAL.

RATE is frames a second; GOP, SEGMENT and TOTAL count frames, which a job knows from its plan.
"""

import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from packagers.cmaf import Rendition, VideoPlan, package_video

TIMESCALE = 1000
KID, KEY, IV = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))


def main(source: str, folder: str, scheme: str, rate: str, gop: str, segment: str, total: str) -> None:
    path, out, frames = Path(source), Path(folder), int(total)
    plan = VideoPlan(
        frame_rate=Fraction(rate),
        timescale=int(rate) * TIMESCALE,
        total_frames=frames,
        idr_frames=tuple(range(0, frames, int(gop))),
        segment_starts=tuple(range(0, frames, int(segment))),
        chunk_starts=(0,),
    )
    rendition = protected(package_video(plan, [partial(path.open, "rb")]), scheme)
    (out / "init.mp4").write_bytes(rendition.header)
    for number, made in enumerate(rendition.segments(), 1):
        with (out / f"seg-{number:05}.m4s").open("wb", buffering=0) as file:
            for part in made.parts:
                file.write(part)


def protected(rendition: Rendition, scheme: str) -> Rendition:
    if scheme == "clear":
        return rendition
    from packagers.cenc import Cbcs, Cenc, ContentKey, protect

    key = ContentKey(KID, KEY)
    return protect(rendition, Cenc(key, 1) if scheme == "cenc" else Cbcs(key, IV))


if __name__ == "__main__":
    main(*sys.argv[1:])
