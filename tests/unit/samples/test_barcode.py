"""The frame code reader, on pictures drawn here with numpy, cell by cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.barcode import Luma, UnreadableFrameError, flash_on, read_frame_number

FRAME_1000 = "10" + "00000000001111101000" + "1010" + "01"


def draw(cells: str, *, lamp: int = 16, width: int = 560, height: int = 240) -> Luma:
    """A grey picture with these cells at the bottom, and the lamp at this level, as a master has them."""
    luma = np.full((height, width), 128, np.uint8)
    luma[: height // 12] = 16
    luma[height // 96 : height * 7 // 96, width * 57 // 64 : width * 63 // 64] = lamp
    luma[height * 11 // 12 :] = 16
    cell = width // len(cells)
    for index, bit in enumerate(cells):
        if bit == "1":
            luma[height * 89 // 96 : height * 95 // 96, index * cell : index * cell + cell * 7 // 8] = 235
    return luma


def test_reads_the_number() -> None:
    assert read_frame_number(draw(FRAME_1000)) == 1000


def test_reads_the_first_and_the_last_number() -> None:
    assert read_frame_number(draw("10" + "0" * 20 + "0000" + "01")) == 0
    assert read_frame_number(draw("10" + "1" * 20 + "0000" + "01")) == 1_048_575


@given(
    number=st.integers(0, 2**20 - 1),
    cell=st.integers(3, 70),
    height=st.integers(96, 400),
    noise=st.integers(0, 60),
    seed=st.integers(0, 2**32),
)
def test_reads_any_number_at_any_size_through_noise(
    number: int, cell: int, height: int, noise: int, seed: int
) -> None:
    clean = draw(f"10{number:020b}{number % 15:04b}01", width=28 * cell, height=height).astype(int)
    grain = np.random.default_rng(seed).integers(-noise, noise, clean.shape, endpoint=True)
    assert read_frame_number(np.clip(clean + grain, 0, 255).astype(np.uint8)) == number


@pytest.mark.parametrize("cell", range(28))
def test_refuses_any_single_wrong_cell(cell: int) -> None:
    flipped = "0" if FRAME_1000[cell] == "1" else "1"
    with pytest.raises(UnreadableFrameError):
        read_frame_number(draw(FRAME_1000[:cell] + flipped + FRAME_1000[cell + 1 :]))


@pytest.mark.parametrize("cell", range(2, 26))
def test_one_unclear_cell_is_read_by_the_side_it_is_nearer_to(cell: int) -> None:
    flipped = "0" if FRAME_1000[cell] == "1" else "1"
    wrong = draw(FRAME_1000[:cell] + flipped + FRAME_1000[cell + 1 :]).astype(int)
    nearer = (draw(FRAME_1000) * 0.6 + wrong * 0.4).astype(np.uint8)
    assert read_frame_number(nearer) == 1000
    with pytest.raises(UnreadableFrameError, match="damaged"):
        read_frame_number((draw(FRAME_1000) * 0.4 + wrong * 0.6).astype(np.uint8))


def test_refuses_two_frames_blended() -> None:
    other = draw("10" + "00000000001111101001" + "1011" + "01")
    blend = (draw(FRAME_1000).astype(int) + other) // 2
    with pytest.raises(UnreadableFrameError, match="neither black nor white"):
        read_frame_number(blend.astype(np.uint8))


def test_refuses_a_picture_without_a_code() -> None:
    with pytest.raises(UnreadableFrameError, match="no frame code"):
        read_frame_number(np.full((240, 560), 128, np.uint8))


def test_sees_the_flash() -> None:
    assert flash_on(draw(FRAME_1000, lamp=235))
    assert not flash_on(draw(FRAME_1000, lamp=16))


def test_refuses_half_a_flash() -> None:
    with pytest.raises(UnreadableFrameError, match="neither black nor white"):
        flash_on(draw(FRAME_1000, lamp=125))
