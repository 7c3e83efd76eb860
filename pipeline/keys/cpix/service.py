"""A key service, asked over HTTPS as SPEKE 2.0 lays down."""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from pipeline.errors import KeysError, OutageError, UsageError
from pipeline.keys.cpix.delivery import Recipient

SPEKE = "2.0"
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 30.0
LARGEST = 1 << 20
TRIES = 3

BUSY = (429, 503)
"""Statuses that say that nothing was done."""

# It logs whole URLs, and there may be a token in one.
logging.getLogger("httpx").setLevel(logging.WARNING)


class _NotAskedError(OutageError):
    """The service did not get the question, or was too busy for it: asking again is safe."""


@dataclass(frozen=True)
class KeyService:
    """`authorization` is what the header of that name says; keys are asked to be encrypted for `recipient`.
    Neither these nor the URL, which may hold a token, are ever shown; `place` is what errors say."""

    url: str = field(repr=False)
    authorization: str = field(default="", repr=False)
    recipient: Recipient | None = field(default=None, repr=False)
    wait: wait_base = field(default=wait_random_exponential(multiplier=0.5, max=5), repr=False)

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            raise UsageError("--cpix: not a URL") from None
        if url.scheme != "https" or not url.host:
            raise UsageError("--cpix: keys are fetched over https:// only")
        if url.userinfo:
            raise UsageError(
                "--cpix: everybody sees a password in it; use TELECINE_CPIX_AUTHORIZATION instead"
            )

    @classmethod
    def at(cls, url: str, environment: Mapping[str, str] = os.environ) -> "KeyService":
        """`TELECINE_CPIX_AUTHORIZATION`: what to say in the header of that name. `TELECINE_CPIX_CERTIFICATE`:
        a PEM file with the certificate and the key that content keys are to be encrypted for."""
        certificate = environment.get("TELECINE_CPIX_CERTIFICATE")
        recipient = Recipient.read(Path(certificate)) if certificate else None
        return cls(url, environment.get("TELECINE_CPIX_AUTHORIZATION", ""), recipient)

    @property
    def place(self) -> str:
        return httpx.URL(self.url).host

    def ask(self, document: bytes) -> bytes:
        """What it answers to a document. Asked again only where it cannot have begun to answer.

        Raises OutageError where it does not answer, KeysError where it refuses or cannot be trusted.
        Certificates and proxies are those of the environment (`SSL_CERT_FILE`, `HTTPS_PROXY`).
        """
        patiently = Retrying(
            retry=retry_if_exception_type(_NotAskedError),
            stop=stop_after_attempt(TRIES),
            wait=self.wait,
            reraise=True,
        )
        return patiently(self._ask, document)

    def _ask(self, document: bytes) -> bytes:
        limits = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
        try:
            with (
                httpx.Client(timeout=limits, follow_redirects=False) as client,
                client.stream("POST", self.url, content=document, headers=self._headers()) as response,
            ):
                self._check(response)
                return self._body(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise KeysError(
                    f"the certificate of the key service {self.place} is not to be trusted"
                ) from None
            raise _NotAskedError(f"the key service {self.place} is out of reach") from None
        except httpx.HTTPError as error:
            raise OutageError(
                f"the key service {self.place} did not answer: {type(error).__name__}"
            ) from None

    def _headers(self) -> dict[str, str]:
        headers = {
            "content-type": "application/xml",
            "x-speke-version": SPEKE,
            "x-speke-user-agent": f"telecine/{version('telecine')}",
        }
        return headers | ({"authorization": self.authorization} if self.authorization else {})

    def _check(self, response: httpx.Response) -> None:
        """What a service says in the body of a refusal may quote our request, and so is not shown."""
        status = response.status_code
        told = f"the key service {self.place} answered with status {status}"
        if status in BUSY:
            raise _NotAskedError(told)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise OutageError(told)
        if status != httpx.codes.OK:
            raise KeysError(told)
        if response.headers.get("x-speke-version", SPEKE) != SPEKE:
            raise KeysError(f"the key service {self.place} speaks another SPEKE than {SPEKE}")

    def _body(self, response: httpx.Response) -> bytes:
        body, end = b"", time.monotonic() + TOTAL_SECONDS
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST:
                raise KeysError(f"the key service {self.place} answered with more than any document has")
            if time.monotonic() > end:
                # httpx limits the time between two bytes, which a server can draw out.
                raise OutageError(f"the key service {self.place} took longer than {TOTAL_SECONDS:g} s")
        return body
