"""What Swift needs beside itself, where all of it is one process: a cache, a lock and a log."""

import logging
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from eventlet.semaphore import Semaphore

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

ENTRIES = 50_000
"""In the cache, of a few hundred bytes each."""


class Cache:
    """In place of memcached, as much of its client's interface as the proxy uses: what is in buckets' and
    accounts' headers, for some seconds."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Any, float]] = {}

    def get(self, key: str, **_: Any) -> Any:
        value, until = self._entries.get(key, (None, 0.0))
        return value if monotonic() < until else None

    def set(self, key: str, value: Any, time: float = 0, **_: Any) -> None:
        if len(self._entries) >= ENTRIES:
            self._entries.clear()
        self._entries[key] = value, monotonic() + time if time else float("inf")

    def delete(self, key: str, **_: Any) -> None:
        self._entries.pop(key, None)


class PutLock:
    """Lets one writer at a time in who wants to be the first of a key: Swift looks, then writes, and of
    several who look at once all would write. That holds because there is no other proxy."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._locks: dict[str, tuple[Semaphore, set[object]]] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("PUT", "POST") or environ.get("HTTP_IF_NONE_MATCH") != "*":
            return self._app(environ, start_response)
        path, me = environ["PATH_INFO"], object()
        lock, waiting = self._locks.setdefault(path, (Semaphore(1), set()))
        waiting.add(me)
        try:
            with lock:
                return self._app(environ, start_response)
        finally:
            waiting.discard(me)
            if not waiting:
                del self._locks[path]


def cache_factory(*_: Any, **__: Any) -> Callable[[App], App]:
    """For PasteDeploy, as is the next one."""
    cache = Cache()

    def with_cache(app: App) -> App:
        def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ.setdefault("swift.cache", cache)
            return app(environ, start_response)

        return answer

    return with_cache


def put_lock_factory(*_: Any, **__: Any) -> Callable[[App], App]:
    return PutLock


def log_to_stderr(*arguments: Any) -> None:
    """A hook of Swift's: its loggers write to us alone, and not to whoever listens on the port of syslog."""
    logger: logging.Logger = arguments[5]
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.StreamHandler())
