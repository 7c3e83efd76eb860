"""Links: what we made, unchanged, in its time and place, and nothing else."""

import base64
import hashlib
import hmac

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.keys.links import LARGEST, LONGEST, Grant, LinkError, read
from pipeline.keys.networks import parse_network
from pipeline.keys.opening import KeyStore

ID = bytes(range(8))
KEY = b"k" * 32
KEYS = {ID: KEY}
NOW = 1_800_000_000


def link(
    *body: object,
    key: bytes = KEY,
    signer: bytes = ID,
    context: bytes = b"telecine link 1\0",
    length: int = 16,
) -> str:
    """A link as docs/origin.md describes it."""
    signed = signer + msgspec.msgpack.encode(body)
    mac = hmac.new(key, context + signed, hashlib.sha256).digest()[:length]
    return base64.urlsafe_b64encode(signed + mac).decode().rstrip("=")


GOOD = link(NOW, "film", "7f3a", b"\xc0\x00\x02\x00\x18")


def refused(token: str) -> str:
    with pytest.raises(LinkError) as caught:
        read(token, KEYS)
    assert len(token) < 20 or token[:20] not in str(caught.value)
    return caught.value.reason


def test_what_is_documented_is_what_is_read() -> None:
    assert read(GOOD, KEYS) == Grant(ID, "film", "7f3a", NOW, parse_network("192.0.2.0/24"))


def test_what_is_made_is_what_is_read(store: KeyStore) -> None:
    network = parse_network("2001:db8::/32")
    token = store.links.mint("film", "7f3a", network, 60, NOW)
    grant = read(token, store.links.keys())
    assert (grant.title, grant.version, grant.expires, grant.network) == ("film", "7f3a", NOW + 60, network)
    assert grant.folder == "film/v/7f3a/"
    plain = store.links.mint("film", seconds=60, now=NOW)
    assert len(plain) == 51
    assert read(plain, store.links.keys()).folder == "film/"


def test_the_longest_is_read(store: KeyStore) -> None:
    token = store.links.mint("f" * 200, "v" * 64, parse_network("2001:db8::1"))
    assert len(token) <= LARGEST
    assert read(token, store.links.keys()).title == "f" * 200


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1])
def test_no_link_lasts_for_ever(store: KeyStore, seconds: int) -> None:
    with pytest.raises(ValueError, match="a link lasts between 1 s and 86400 s"):
        store.links.mint("film", seconds=seconds)


def test_every_bit_counts() -> None:
    whole = base64.urlsafe_b64decode(GOOD + "=" * (-len(GOOD) % 4))
    changed = [
        whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
        for place in range(len(whole))
        for bit in range(8)
    ]
    tokens = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in changed]
    assert len(tokens) == 8 * len(whole)
    assert {refused(token) for token in tokens} == {"bad_token"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "A",
        "AAAA",
        GOOD[:-1],
        GOOD[:40],
        GOOD + "A",
        GOOD + "=",
        GOOD + "==",
        GOOD + "\n",
        " " + GOOD,
        GOOD.swapcase(),
        GOOD + "." + GOOD,
        GOOD[:-1] + "é",
        "\x00" * 51,
        "\udc80",
        "A" * 100_000,
        link(NOW, "film", "", b"", key=b"x" * 32),
        link(NOW, "film", "", b"", key=b""),
        link(NOW, "film", "", b"", signer=b"\xff" * 8),
        link(NOW, "film", "", b"", context=b""),
        link(NOW, "film", "", b"", context=b"telecine link 2\0"),
        link(NOW, "film", "", b"", length=0),
        link(NOW, "film", "", b"", length=8),
        link(NOW, "film", "", b"", length=15),
        link(NOW, "film", "", b"", length=32),
    ],
)
def test_what_nobody_here_made(token: str) -> None:
    assert refused(token) == "bad_token"


def test_a_token_has_one_spelling() -> None:
    """The last character of a length that is no multiple of four has bits that mean nothing."""
    token = link(NOW, "film", "", b"")
    assert len(token) % 4 == 3
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [token[:-1] + one for one in alphabet if one != token[-1]]
    assert {refused(one) for one in same} == {"bad_token"}
    standard = link(NOW, "film", "", b"\xc0\x00\x02\x01\x20").replace("-", "+").replace("_", "/")
    assert set("+/") & set(standard)
    assert refused(standard) == "bad_token"


@given(st.text(max_size=200))
def test_anything_at_all(text: str) -> None:
    assert refused(text) == "bad_token"


def allowed(grant: Grant, path: str = "film/v/7f3a/a.m4s", client: str = "192.0.2.7", now: float = 0) -> str:
    try:
        grant.check(path, client, now)
    except LinkError as error:
        return error.reason
    return "allowed"


def test_its_time() -> None:
    grant = read(GOOD, KEYS)
    assert allowed(grant, now=NOW - 0.001) == "allowed"
    assert allowed(grant, now=NOW) == "expired"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("film/v/7f3a/master.m3u8", "allowed"),
        ("film/master.m3u8", "not_allowed"),
        ("film/v/7f3b/master.m3u8", "not_allowed"),
        ("film/v/7f3a", "not_allowed"),
        ("film/v/7f3ab/a.m4s", "not_allowed"),
        ("film/v/7f3a/../7f3b/a.m4s", "not_allowed"),
        ("film/v/7f3a/..", "not_allowed"),
        ("Film/v/7f3a/a.m4s", "not_allowed"),
        ("/film/v/7f3a/a.m4s", "not_allowed"),
        ("", "not_allowed"),
    ],
)
def test_its_place(path: str, said: str) -> None:
    assert allowed(read(GOOD, KEYS), path) == said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("film/master.m3u8", "allowed"),
        ("film/v/7f3a/a.m4s", "allowed"),
        ("film-2/master.m3u8", "not_allowed"),
        ("fil/master.m3u8", "not_allowed"),
        ("film/../sequel/master.m3u8", "not_allowed"),
    ],
)
def test_a_title_whole(path: str, said: str) -> None:
    assert allowed(read(link(NOW, "film", "", b""), KEYS), path) == said


@pytest.mark.parametrize(
    ("network", "client", "said"),
    [
        ("192.0.2.7", "192.0.2.7", "allowed"),
        ("192.0.2.7", "192.0.2.8", "wrong_client"),
        ("192.0.2.0/24", "192.0.2.255", "allowed"),
        ("192.0.2.0/24", "192.0.3.0", "wrong_client"),
        ("192.0.2.0/24", "::ffff:192.0.2.7", "allowed"),
        ("::ffff:192.0.2.0/120", "192.0.2.7", "allowed"),
        ("2001:db8::/64", "2001:DB8:0:0::1", "allowed"),
        ("2001:db8::/64", "2001:db8:0:1::1", "wrong_client"),
        ("0.0.0.0/0", "::1", "wrong_client"),
        ("192.0.2.7", "", "wrong_client"),
        ("192.0.2.7", "somewhere", "wrong_client"),
    ],
)
def test_its_clients(store: KeyStore, network: str, client: str, said: str) -> None:
    token = store.links.mint("film", network=parse_network(network), now=NOW)
    grant = read(token, store.links.keys())
    assert allowed(grant, "film/master.m3u8", client, NOW) == said


def test_keys_change_over(store: KeyStore) -> None:
    old = store.links.mint("film")
    store.links.rotate()
    new = store.links.mint("film")
    keys = store.links.keys()
    assert len(keys) == 2
    assert read(old, keys).key != read(new, keys).key
    store.links.rotate(overlap=0)
    assert store.links.keys().keys().isdisjoint(keys)


def test_they_are_no_keys_of_playback_tokens(store: KeyStore) -> None:
    token, made = store.tokens.mint("film"), store.links.mint("film")
    store.links.rotate(overlap=0)
    assert store.tokens.read(token).title == "film"
    made = store.links.mint("film")
    store.signing.rotate("EdDSA", 0)
    assert read(made, store.links.keys()).title == "film"


def test_keys_outlive_a_change_of_the_master_key(store: KeyStore) -> None:
    token = store.links.mint("film")
    store.keyring.rotate()
    assert read(token, store.links.keys()).title == "film"
