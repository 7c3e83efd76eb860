"""Messages to URLs: one try each."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import httpx

from pipeline.webhooks.hook import Hook
from pipeline.webhooks.message import Message

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0

LONGEST_WORDS = 200
"""Characters of an error that are shown: a receiver can make them long."""

# It logs whole URLs, and those of many receivers are as good as a password.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Letter:
    """A message to one URL."""

    hook: Hook
    message: Message


@dataclass(frozen=True)
class Answer:
    """Whether the receiver took the message, and in words what came back; `seconds` it took."""

    taken: bool
    words: str
    seconds: float


def send(letters: Sequence[Letter]) -> list[Answer]:
    """Try each letter once, all at the same time; their answers in the same order. Any 2xx is success,
    anything else is not. Proxies and certificates are those of the environment (`HTTPS_PROXY`,
    `SSL_CERT_FILE`)."""
    return asyncio.run(_send(letters)) if letters else []


async def _send(letters: Sequence[Letter]) -> list[Answer]:
    limits = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
    headers = {"user-agent": f"telecine/{version('telecine')}", "content-type": "application/json"}
    async with httpx.AsyncClient(timeout=limits, headers=headers, follow_redirects=False) as client:
        return await asyncio.gather(*(_timed(client, letter) for letter in letters))


async def _timed(client: httpx.AsyncClient, letter: Letter) -> Answer:
    started = time.monotonic()
    taken, words = await _post(client, letter)
    return Answer(taken, words, time.monotonic() - started)


async def _post(client: httpx.AsyncClient, letter: Letter) -> tuple[bool, str]:
    headers, body = letter.hook.headers(letter.message, datetime.now(UTC)), letter.message.body
    try:
        # httpx limits the time between two bytes, which a receiver can draw out. No body is read.
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            client.stream("POST", letter.hook.url, content=body, headers=headers) as response,
        ):
            return response.is_success, _in_words(response)
    except httpx.ConnectTimeout:
        return False, f"no connection within {CONNECT_SECONDS:g} s"
    except (TimeoutError, httpx.TimeoutException):
        return False, f"no answer within {TOTAL_SECONDS:g} s"
    except httpx.TransportError as error:
        return False, (str(error) or type(error).__name__)[:LONGEST_WORDS]
    except Exception as error:  # noqa: BLE001  one receiver must not keep letters from the others
        return False, type(error).__name__


def _in_words(response: httpx.Response) -> str:
    followed = ", and redirects are not followed" if response.is_redirect else ""
    return f"status {response.status_code}{followed}"
