"""How a process of this machine reads masters: a file in place, a stored one by ranges or as a copy."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pipeline.errors import EncodeError
from pipeline.ffmpeg.run import Usage
from pipeline.ffmpeg.signpost import signposted
from pipeline.ffmpeg.source import Input, Remote, complaints
from pipeline.ffmpeg.tools import limits_redirects
from pipeline.masters.checksum import verify
from pipeline.masters.choice import Way, choose
from pipeline.masters.copies import Copies
from pipeline.masters.keys import is_stored
from pipeline.settings import Settings
from pipeline.storage.base import Storage
from pipeline.storage.s3.authorities import authorities

DAY = 24 * 3600

LONGEST = 7 * DAY
"""Seconds that a signed URL may be good for: the limit of AWS's signature version 4."""

TOLD: Mapping[Way, str] = {"url": "by ranges", "copy": "from a copy"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Masters:
    """Files, and masters of `storage`. `keep_going` is called during long reads, and may raise to stop."""

    storage: Storage
    settings: Settings
    keep_going: Callable[[], None]

    @cached_property
    def copies(self) -> Copies:
        return Copies(self.storage, self.settings.root / "cache" / "masters", self.settings.master_cache)

    @contextmanager
    def beginning(self, master: str) -> Iterator[Path | BinaryIO]:
        """For a look at what it is."""
        place = self._place(master)
        if isinstance(place, Path):
            yield place
        else:
            with self.storage.ranged(master) as file:
                yield file

    @contextmanager
    def whole(self, master: str, container: str) -> Iterator[Path | BinaryIO]:
        """For reading all of a master in the format `container`."""
        place = self._place(master)
        if isinstance(place, str) and self._way(master, container, place) == "copy":
            with self.copies.of(master, self.keep_going) as copy:
                yield copy
        else:
            with self.beginning(master) as found:
                yield found

    def read(self, master: str, container: str, seconds: float, run: Callable[[Input], Usage]) -> Usage:
        """What `run` has ffmpeg make of a master in the format `container`, in at most `seconds`.

        Over a network, silence alone tells that all was read: ffmpeg takes a connection that is lost for the
        end, and exits with 0. Whatever it complains of is therefore read once more, from a copy, and so is
        all that follows on this machine.
        """
        place = self._place(master, seconds)
        if isinstance(place, Path):
            return run(place)
        if self._way(master, container, place) == "url":
            ca_file = authorities() if place.startswith("https:") else ""
            with signposted(place, master, ca_file) as remote:
                usage = _undisturbed(remote, run)
            if usage:
                return usage
        with self.copies.of(master, self.keep_going) as copy:
            return run(copy)

    def verify(self, master: str, container: str) -> None:
        """Raises BadMasterError unless the bytes of a stored master are those that its key promises. Where
        steps read a copy, having one tells that."""
        place = self._place(master)
        if isinstance(place, str) and self._way(master, container, place) == "copy":
            with self.copies.of(master, self.keep_going):
                return
        verify(self.storage, master, self.keep_going)

    def _place(self, master: str, seconds: float = DAY) -> Path | str:
        """A file of this machine, or a URL that is good for so long."""
        if not is_stored(master):
            return Path(master)
        where = self.storage.url(master, min(int(seconds), LONGEST))
        return where if where.startswith(("http:", "https:")) else Path(where)

    def _way(self, master: str, container: str, url: str) -> Way:
        if self.copies.has(master):
            return "copy"
        where = urlsplit(url)
        choice = choose(
            self.settings.master_reads,
            container,
            url,
            proxied=where.scheme in getproxies() and not proxy_bypass(where.hostname or ""),
            able=limits_redirects(self.settings.ffmpeg, where.scheme),
        )
        log.info("%s: read %s: %s", master, TOLD[choice.way], choice.reason)
        return choice.way


def _undisturbed(remote: Remote, run: Callable[[Input], Usage]) -> Usage | None:
    """What `run` made of it by ranges, None where that does not count."""
    try:
        usage = run(remote)
    except EncodeError as error:
        told = str(error)
    else:
        told = complaints(usage.stderr).strip()
        if not told:
            return replace(usage, stderr="")
    log.warning("reading by ranges failed, a copy is read: %s", told[:300])
    return None
