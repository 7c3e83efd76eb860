"""Classes of content keys: tracks of a class share one, so that a licence can leave out the better tracks."""

from typing import Literal, get_args

KeyClass = Literal["audio", "sd", "hd", "uhd"]
KEY_CLASSES: tuple[KeyClass, ...] = get_args(KeyClass)

SD_LINES = 576
HD_LINES = 1080


def video_class(width: int, height: int) -> KeyClass:
    """By the lines of the picture held upright: one filmed on a telephone is no better for being turned."""
    lines = min(width, height)
    if lines <= SD_LINES:
        return "sd"
    return "hd" if lines <= HD_LINES else "uhd"
