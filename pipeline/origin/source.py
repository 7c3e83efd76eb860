"""Where published files are: a folder, or a bucket."""

from typing import Protocol

from pipeline.origin.resource import Loaded, Resource


class Source(Protocol):
    """Looks up what has a public path. All times are in seconds."""

    @property
    def missing_seconds(self) -> float:
        """For how long a path that was not there is not looked for again."""

    @property
    def stale_seconds(self) -> float:
        """For how long what was found is still right to serve while the source fails."""

    @property
    def patience(self) -> float:
        """How long to wait for an answer when there is something to serve meanwhile."""

    def fresh_seconds(self, path: str) -> float:
        """For how long what was found there needs not be looked at again; infinite where it never changes."""

    async def look(self, path: str, known: Resource | None) -> Loaded:
        """The file at relative `path`, which may be anything a client can send; `known` itself if that is
        still what is there. Raises FileNotFoundError; OSError or StorageError where the source fails."""

    async def recall(self, path: str) -> tuple[Loaded, float] | None:
        """What an earlier process found there, and how many seconds ago it was so: better than nothing, once
        `look` raised OSError or StorageError."""
