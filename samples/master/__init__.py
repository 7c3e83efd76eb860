"""Make masters whose picture and sound can be checked frame by frame, with ffmpeg's own sources."""

from .film import shot_starts
from .make import make_master
from .marks import hum_hz
from .spec import MasterSpec, Picture, Track

__all__ = ["MasterSpec", "Picture", "Track", "hum_hz", "make_master", "shot_starts"]
