"""Whose request it is that a proxy passes on."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.errors import UsageError
from pipeline.keys.networks import Network, parse_address, parse_network

VARIABLE = "TELECINE_TRUSTED_PROXIES"

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Proxies:
    """`trusted` are the networks of proxies that are believed; nobody else is, whatever he says."""

    trusted: tuple[Network, ...] = ()

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> "Proxies":
        """`TELECINE_TRUSTED_PROXIES`: addresses and networks, separated by commas. Raises UsageError."""
        names = [name for name in environment.get(VARIABLE, "").split(",") if name.strip()]
        try:
            return cls(tuple(map(parse_network, names)))
        except ValueError as error:
            raise UsageError(f"{VARIABLE}: {error}; write it as 10.0.0.0/8, 192.0.2.1") from None

    def before(self, origin: ASGIApp) -> ASGIApp:
        """An application that gives an origin the address and the scheme that clients asked by."""
        if not self.trusted:
            return origin

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            peer = scope.get("client")
            if peer and self._trusts(peer[0]):
                client = self.client(peer[0], scope["headers"])
                schemes = _values(scope["headers"], b"x-forwarded-proto")
                scheme = "https" if schemes[-1:] == ["https"] else scope["scheme"]
                scope = {**scope, "client": (client, peer[1]), "scheme": scheme}
            await origin(scope, receive, send)

        return application

    def client(self, peer: str, headers: Headers) -> str:
        """The address that asks: the peer's, unless that is trusted, and then the last one that the trusted
        were asked by. Each proxy writes behind what it was told, so what a client makes up stands before."""
        if not self._trusts(peer):
            return peer
        client = peer
        for hop in reversed(_values(headers, b"x-forwarded-for")):
            address = _address(hop)
            if not address:
                break
            client = address
            if not self._trusts(client):
                break
        return client

    def _trusts(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self.trusted)


def _values(headers: Headers, wanted: bytes) -> list[str]:
    joined = b",".join(value for name, value in headers if name == wanted)
    return [value.strip() for value in joined.decode("latin-1").split(",")] if joined else []


def _address(hop: str) -> str:
    """Without the port that some proxies add; empty for what is no address."""
    bare = hop[1:].partition("]")[0] if hop.startswith("[") else hop
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    address = parse_address(bare)
    return str(address) if address else ""
