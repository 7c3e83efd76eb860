"""Swift's stores ask no one who they are, so they answer this process alone."""

import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from swift.common import bufferedhttp

HEADER = "X-Telecine-Member"
VARIABLE = "HTTP_X_TELECINE_MEMBER"
"""The same, in WSGI's words."""


class Membership:
    """A password that only this process knows: it is sent with every request of Swift's to its stores."""

    def __init__(self) -> None:
        self._password = secrets.token_urlsafe(24)

    def claim(self) -> None:
        """To be called before any of Swift's servers is made."""
        password = self._password

        class Connection(bufferedhttp.BufferedHTTPConnection):  # type: ignore[misc]
            def putrequest(self, *arguments: Any, **options: Any) -> None:
                super().putrequest(*arguments, **options)
                self.putheader(HEADER, password)

        bufferedhttp.BufferedHTTPConnection = Connection

    def required(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """The store `app`, for members."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if hmac.compare_digest(environ.get(VARIABLE, "").encode(), self._password.encode()):
                return app(environ, start_response)
            start_response("403 Forbidden", [("Content-Length", "0")])
            return []

        return answer
