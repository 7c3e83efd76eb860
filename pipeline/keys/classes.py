"""Classes of content keys: tracks of a class share one, so that a licence can leave out the better tracks."""

from typing import get_args

from packagers.key_classes import KeyClass, video_class

__all__ = ["KEY_CLASSES", "KeyClass", "video_class"]

KEY_CLASSES: tuple[KeyClass, ...] = get_args(KeyClass)
