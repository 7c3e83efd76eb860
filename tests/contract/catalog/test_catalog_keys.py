"""Keys in the catalog: idempotent for their owners, sealed under one master key, no stream number twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from filming import Clock
from sqlalchemy import insert

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.keys import STREAMS, Sealed, SealedKey
from pipeline.catalog.schema import key_streams
from pipeline.catalog.signing import SigningKey
from pipeline.errors import KeysError

KEY = SealedKey("job-1", "hd", "aa" * 16, "film", "m1", b"sealed", b"[]")
SIGNER = SigningKey("k1", "EdDSA", "m1", b"sealed")


@pytest.fixture
def keyed(catalog: Catalog) -> Catalog:
    """One whose keys are sealed under the master key m1."""
    assert catalog.keys.adopt("m1") == "m1"
    return catalog


def test_the_first_master_key_stays(keyed: Catalog) -> None:
    assert keyed.keys.adopt("m2") == "m1"
    assert keyed.keys.master() == "m1"


def test_without_keys_there_is_no_master_key(catalog: Catalog) -> None:
    assert catalog.keys.master() is None
    assert not catalog.keys.add([KEY])
    assert not catalog.signing.add(SIGNER)


def test_an_owner_has_one_key_a_class_whoever_adds_another(keyed: Catalog) -> None:
    assert keyed.keys.add([KEY])
    other = replace(KEY, kid="bb" * 16)
    assert keyed.keys.add([other, replace(other, key_class="sd")])
    assert keyed.keys.of_owner("job-1") == [KEY, replace(other, key_class="sd")]


def test_a_key_given_for_two_titles_is_found_for_both(keyed: Catalog) -> None:
    second = replace(KEY, owner="job-2", title="sequel")
    keyed.keys.add([KEY, second])
    assert sorted(key.title for key in keyed.keys.by_id([KEY.kid, "cc" * 16])) == ["film", "sequel"]
    assert keyed.keys.of_title("sequel") == [second]


def test_keys_of_a_title_are_forgotten_and_their_streams_stay_taken(keyed: Catalog) -> None:
    keyed.keys.add([KEY, replace(KEY, owner="job-2", title="sequel")])
    assert keyed.keys.stream(KEY.kid, "film/video") == 0
    keyed.keys.forget("film")
    assert [key.title for key in keyed.keys.by_id([KEY.kid])] == ["sequel"]
    assert keyed.keys.stream(KEY.kid, "sequel/video") == 1


def test_what_is_sealed_under_an_old_master_key_is_not_taken(keyed: Catalog) -> None:
    keyed.keys.reseal("m2", lambda key: key.sealed)
    assert not keyed.keys.add([KEY])
    assert not keyed.signing.add(SIGNER)
    assert keyed.keys.of_owner("job-1") == []
    assert keyed.keys.add([replace(KEY, master="m2")])


def test_all_is_sealed_anew_at_once(keyed: Catalog) -> None:
    keyed.keys.add([KEY, replace(KEY, key_class="sd")])
    keyed.signing.add(SIGNER)

    def reseal(key: Sealed) -> bytes:
        return b"anew:" + key.context

    assert keyed.keys.reseal("m2", reseal) == 3
    assert {(key.master, key.sealed) for key in keyed.keys.of_owner("job-1")} == {
        ("m2", b"anew:content\0" + b"aa" * 16 + b"\0film\0hd"),
        ("m2", b"anew:content\0" + b"aa" * 16 + b"\0film\0sd"),
    }
    signer = keyed.signing.get("k1")
    assert signer is not None
    assert (signer.master, signer.sealed) == ("m2", b"anew:token\0k1\0EdDSA")
    assert keyed.keys.reseal("m2", reseal) == 0


def test_or_nothing_is(keyed: Catalog) -> None:
    keyed.keys.add([KEY, replace(KEY, key_class="sd")])
    answers = iter([b"anew"])
    with pytest.raises(StopIteration):
        keyed.keys.reseal("m2", lambda _: next(answers))
    assert {key.sealed for key in keyed.keys.of_owner("job-1")} == {b"sealed"}
    assert keyed.keys.master() == "m1"


def at_once(calls: list[Callable[[], int]]) -> list[int]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


def test_no_two_uses_of_a_key_have_the_same_number_and_the_same_use_has_one(shared: Catalog) -> None:
    uses = [f"track {number % 8}" for number in range(16)]
    numbers = at_once([lambda use=use: shared.keys.stream("aa", use) for use in uses])  # type: ignore[misc]
    assert sorted(numbers[:8]) == list(range(8))
    assert numbers[8:] == numbers[:8]
    assert shared.keys.stream("bb", "track 0") == 0


def test_a_key_that_ran_out_of_numbers_is_refused(shared: Catalog) -> None:
    last = {"kid": "aa", "used_for": "track", "number": STREAMS - 1}
    with shared._database.connection(writes=True) as connection:
        connection.execute(insert(key_streams), last)
    assert shared.keys.stream("aa", "track") == STREAMS - 1
    with pytest.raises(KeysError, match=r"encrypted 16777216 tracks and must not encrypt more"):
        shared.keys.stream("aa", "another track")


def test_the_newest_key_signs_and_older_ones_are_taken_for_a_while(keyed: Catalog, clock: Clock) -> None:
    keyed.signing.add(SIGNER)
    clock.now += 1
    keyed.signing.add(replace(SIGNER, id="k2"), overlap=100, among=["EdDSA"])
    newest = keyed.signing.newest("EdDSA")
    assert newest is not None
    assert newest.id == "k2"
    assert keyed.signing.newest("HS256") is None
    clock.now += 99
    assert keyed.signing.get("k1") is not None
    clock.now += 2
    assert keyed.signing.get("k1") is None
    assert keyed.signing.get("k2") is not None


def test_a_later_change_does_not_lengthen_what_an_earlier_one_ended(keyed: Catalog, clock: Clock) -> None:
    keyed.signing.add(SIGNER)
    keyed.signing.add(replace(SIGNER, id="k2"), overlap=10, among=["EdDSA"])
    keyed.signing.add(replace(SIGNER, id="k3"), overlap=100, among=["EdDSA"])
    clock.now += 11
    assert [keyed.signing.get(key) is not None for key in ("k1", "k2", "k3")] == [False, True, True]


def test_a_change_ends_keys_of_its_own_kind_alone(keyed: Catalog, clock: Clock) -> None:
    keyed.signing.add(SIGNER)
    keyed.signing.add(replace(SIGNER, id="k2", algorithm="link"))
    keyed.signing.add(replace(SIGNER, id="k3", algorithm="link"), overlap=10, among=["link"])
    assert {key.id for key in keyed.signing.taken("link")} == {"k2", "k3"}
    clock.now += 11
    assert [key.id for key in keyed.signing.taken("link")] == ["k3"]
    assert [key.id for key in keyed.signing.taken("EdDSA")] == ["k1"]


def test_api_keys_by_name_and_by_digest(catalog: Catalog) -> None:
    assert catalog.api_keys.add("shop", b"d1")
    assert not catalog.api_keys.add("shop", b"d2")
    assert catalog.api_keys.add("app", b"d2")
    assert [key.name for key in catalog.api_keys.all()] == ["app", "shop"]
    found = catalog.api_keys.find(b"d1")
    assert found is not None
    assert found.name == "shop"
    assert catalog.api_keys.revoke("shop")
    assert not catalog.api_keys.revoke("shop")
    assert catalog.api_keys.find(b"d1") is None
