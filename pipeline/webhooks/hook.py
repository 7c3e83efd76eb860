"""Where webhooks go and how they are signed, as the operator set it in the environment."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

import httpx
from standardwebhooks import Webhook

from pipeline.errors import UsageError
from pipeline.webhooks.message import Message

SHORTEST_SECRET = 24
"""Bytes; Standard Webhooks 1.0, "Signature scheme"."""


@dataclass(frozen=True)
class Hook:
    """A URL, which may hold a password or a token, and the secrets to sign with: one, or two while one takes
    the place of the other. Neither is ever shown; `place` is what logs say."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def place(self) -> str:
        """Scheme, host and port."""
        url = httpx.URL(self.url)
        return f"{url.scheme}://{url.netloc.decode()}"

    def headers(self, message: Message, now: datetime) -> dict[str, str]:
        """Standard Webhooks 1.0, "Webhook headers". `now`, in UTC, is the time of this try."""
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Webhook(secret).sign(message.id, now, message.body) for secret in self.secrets
            ),
        }


def hooks(environment: Mapping[str, str] = os.environ) -> tuple[Hook, ...]:
    """`TELECINE_WEBHOOK_URL`: none, one, or several separated by commas. `TELECINE_WEBHOOK_SECRET`: one for
    all of them, or one for each in the same order; two separated by a space while receivers change over.

    Raises UsageError where they cannot be used, or where what is sent could be read on its way.
    """
    return _hooks(environment, "TELECINE_WEBHOOK_URL", "TELECINE_WEBHOOK_SECRET")


def purge_hooks(environment: Mapping[str, str] = os.environ) -> tuple[Hook, ...]:
    """`TELECINE_PURGE_URL` and `TELECINE_PURGE_SECRET`, alike: who is told which paths changed."""
    return _hooks(environment, "TELECINE_PURGE_URL", "TELECINE_PURGE_SECRET")


def _hooks(environment: Mapping[str, str], of_urls: str, of_secrets: str) -> tuple[Hook, ...]:
    urls = _list(environment.get(of_urls, ""))
    if not urls:
        return ()
    secrets = [tuple(entry.split()) for entry in _list(environment.get(of_secrets, ""))]
    if len(secrets) not in {1, len(urls)}:
        raise UsageError(
            f"{of_secrets} has {len(secrets)} secrets for {len(urls)} URLs: give one for all, or "
            f'one for each; `echo "whsec_$(openssl rand -base64 32)"` makes one'
        )
    in_clear = environment.get("TELECINE_WEBHOOK_INSECURE", "") == "1"
    for number, url in enumerate(urls, 1):
        _check_url(url, f"{of_urls}, number {number}", in_clear)
    for secret in (secret for entry in secrets for secret in entry):
        _check_secret(secret, of_secrets)
    return tuple(map(Hook, urls, secrets * len(urls) if len(secrets) == 1 else secrets))


def _list(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _check_url(text: str, name: str, in_clear: bool) -> None:
    """Errors name no URL: there may be a password in it."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise UsageError(f"{name} is not a URL") from None
    if url.scheme not in {"https", "http"} or not url.host:
        raise UsageError(f"{name} is no http or https URL")
    if url.scheme == "http" and not in_clear and not _is_near(url.host):
        raise UsageError(
            f"{name}: what is sent to {url.host} over http can be read by others; use https, an address of a"
            " private network, or set TELECINE_WEBHOOK_INSECURE=1"
        )


def _is_near(host: str) -> bool:
    """Whether it is this machine or an address of a private network. A name tells neither."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def _check_secret(secret: str, name: str) -> None:
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if not secret.startswith("whsec_") or size < SHORTEST_SECRET:
        raise UsageError(
            f"{name} must be `whsec_` and {SHORTEST_SECRET} random bytes or more in base64; "
            f'`echo "whsec_$(openssl rand -base64 32)"` makes one'
        )
