"""How a command that does a job ends: told as its last event, then by its exit code."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from pipeline.errors import StoppedError, TelecineError, name_of
from pipeline.events import Emit, Failed, Published


@contextmanager
def ending_told(emit: Emit, stopped: str) -> Iterator[None]:
    """Whatever ends the block early is told as `failed`, and raised. Ctrl-C and SIGTERM become a StoppedError
    with the sentence `stopped`."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        error = StoppedError(stopped)
        emit(_failed(error))
        raise error from None
    except Exception as error:
        emit(_failed(error))
        raise


def print_paths(published: Published) -> None:
    click.echo(f"HLS   {published.hls}")
    if published.dash:
        click.echo(f"DASH  {published.dash}")


def _failed(error: Exception) -> Failed:
    code = error.exit_code if isinstance(error, TelecineError) else 1
    return Failed(error=name_of(error), message=str(error), exit_code=code)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM stops a command as Ctrl-C does."""
    raise KeyboardInterrupt
