"""Read the frame code and the flash of a master (samples/master/marks.py says what they are) from a picture.

The picture is a luma plane of any size: uint8, rows x columns, black 0 or 16, white 235 or 255.
"""

import numpy as np
from numpy.typing import NDArray

from samples.master.marks import CELLS, CHECK_MODULUS
from samples.master.spec import NUMBER_BITS

Luma = NDArray[np.uint8]

LEAST_CONTRAST = 64
UNCLEAR = (0.3, 0.7)
"""A cell between these shares of the way to white is neither: two frames blended, or a coarse encode."""

UNCLEAR_CELLS = 1
"""How many cells may be unclear, the check then deciding. Successive frames differ in two cells at least, one
of the number and one of the check, so a blend of two never passes."""


class UnreadableFrameError(ValueError):
    """The picture does not carry a frame code that can be trusted."""


def read_frame_number(luma: Luma) -> int:
    """The number of this frame in its master.

    Raises UnreadableFrameError when the code is missing or blended, or fails its check.
    """
    bits = _bits(_cell_levels(luma), luma, unclear=UNCLEAR_CELLS)
    number = int(bits[2 : 2 + NUMBER_BITS], 2)
    check = int(bits[2 + NUMBER_BITS : -2], 2)
    if not (bits.startswith("10") and bits.endswith("01") and number % CHECK_MODULUS == check):
        raise UnreadableFrameError(f"damaged frame code {bits}")
    return number


def flash_on(luma: Luma) -> bool:
    """Whether the lamp is lit. Raises UnreadableFrameError when it is half lit."""
    height, width = luma.shape
    rows = slice(round(height / 48), round(height / 16) + 1)
    columns = slice(round(width * 29 / 32), round(width * 31 / 32))
    return _bits(luma[rows, columns].mean(keepdims=True)[0], luma) == "1"


def _cell_levels(luma: Luma) -> NDArray[np.float64]:
    """Mean luma around the middle of each cell's bit, which fills the left 7/8 of the cell."""
    height, width = luma.shape
    profile = luma[round(height * 15 / 16) : round(height * 47 / 48)].mean(axis=0)
    points = np.arange(CELLS)[:, None] + np.linspace(5 / 16, 9 / 16, 5)
    levels = np.interp(points * width / CELLS - 0.5, np.arange(width), profile)
    return np.asarray(levels.mean(axis=1))


def _bits(levels: NDArray[np.float64], luma: Luma, *, unclear: int = 0) -> str:
    """Each level as 0 or 1, by the black and white at the ends of the picture's frame code; at most `unclear`
    of them may lie between."""
    white_end, black_end, *_, black_start, white_start = _cell_levels(luma)
    black, white = max(black_end, black_start), min(white_end, white_start)
    if white - black < LEAST_CONTRAST:
        raise UnreadableFrameError("no frame code in this picture")
    shares = (levels - black) / (white - black)
    if np.count_nonzero((shares > UNCLEAR[0]) & (shares < UNCLEAR[1])) > unclear:
        raise UnreadableFrameError(f"neither black nor white: {shares.round(2).tolist()}")
    return "".join("1" if share > 0.5 else "0" for share in shares)
