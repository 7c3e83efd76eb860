"""Whose request it is: the peer's word, and that of proxies that are trusted, but nobody else's."""

import pytest

from pipeline.origin.proxies import Proxies

PROXIES = Proxies.load({"TELECINE_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1"})


def client(peer: str, *told: str, proxies: Proxies = PROXIES) -> str:
    return proxies.client(peer, [(b"x-forwarded-for", value.encode("latin-1")) for value in told])


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1, 10.1.1.1, 10.2.2.2"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1 ,2001:DB8::1"], "198.51.100.1"),
        ("10.0.0.1", ["10.3.3.3, 10.4.4.4"], "10.3.3.3"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8::1", ["2001:db8::2"], "2001:db8::2"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::2]:4711"], "2001:db8::2"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", ["198.51.100.1,"], "10.0.0.1"),
        ("10.0.0.1", ["' or 1=1, \xff"], "10.0.0.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_last_one_that_is_not_trusted(peer: str, told: list[str], found: str) -> None:
    assert client(peer, *told) == found


def test_nobody_is_trusted_unless_told() -> None:
    assert client("127.0.0.1", "198.51.100.1", proxies=Proxies.load({})) == "127.0.0.1"
    app = object()
    assert Proxies.load({}).before(app) is app  # type: ignore[arg-type]
