"""Threads that do pieces of one work, which all end with the first piece that fails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def pooled(threads: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """So many threads called `name`. Where the context is left by an error, pieces that have not begun never
    do, and those that run are waited for."""
    with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
