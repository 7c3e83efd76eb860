"""DASH (ISO/IEC 23009-1): the MPD from a presentation, and back."""

from packagers.dash.manifest import mpd
from packagers.dash.readback import read_mpd

__all__ = ["mpd", "read_mpd"]
