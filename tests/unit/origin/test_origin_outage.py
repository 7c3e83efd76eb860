"""What an origin does while S3 is down, slow or overloaded, and when it is back."""

from dataclasses import replace

import pytest
from bucketing import Bench, Clock, Origin, bench_of

from pipeline.origin.bucket.breaker import FAILURES
from tests.support.s3_faults import always

FILM = "bird/v/7f3a/seg-00001.m4s"
MASTER = "bird/master.m3u8"
DAY = 24 * 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def origin(bench: Bench, clock: Clock) -> Origin:
    """It knows the manifest, not the film."""
    bench.publish(MASTER, b"#EXTM3U\n")
    bench.publish(FILM, b"film")
    origin = bench.origin(clock=clock)
    assert origin.ask(MASTER).status_code == 200
    return origin


def refused(origin: Origin) -> bool:
    answer = origin.ask(FILM)
    return (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("fault", ["500", "503", "slow-down", "reset"])
def test_a_manifest_that_is_known_is_served_on_and_says_so(bench, origin, clock, fault):
    fresh = origin.ask(MASTER)
    clock.now += 61
    bench.proxy.choose = always(fault)
    stale = origin.ask(MASTER)
    assert (stale.status_code, stale.content) == (200, b"#EXTM3U\n")
    assert stale.headers["cache-status"] == "telecine; hit; ttl=-61"
    assert {**stale.headers, "cache-status": ""} == {**fresh.headers, "cache-status": ""}
    assert origin.tally.stale == 1


def test_only_for_a_day(bench, origin, clock):
    bench.proxy.choose = always("500")
    clock.now += DAY - 10
    assert origin.ask(MASTER).status_code == 200
    clock.now += 20
    assert origin.ask(MASTER).status_code == 503


def test_what_never_changes_is_served_for_ever(bench, origin, clock):
    origin.ask(FILM)
    bench.proxy.choose = always("500")
    clock.now += 30 * DAY
    answer = origin.ask(FILM)
    assert answer.content == b"film"
    assert "cache-status" not in answer.headers


def test_what_is_not_known_is_refused_for_now(bench, origin):
    bench.proxy.choose = always("500")
    assert refused(origin)
    bench.proxy.choose = lambda _: None
    assert origin.ask(FILM).content == b"film"


def test_a_storage_that_is_out_is_not_asked_until_it_has_rested(bench, origin, clock):
    bench.proxy.choose = always("500")
    bench.asked()
    for _ in range(10):
        assert refused(origin)
    assert bench.asked() == FAILURES
    assert origin.tally.out
    clock.now += 5.1
    assert refused(origin)
    assert refused(origin)
    assert bench.asked() == 1
    bench.proxy.choose = lambda _: None
    clock.now += 5.1
    assert origin.ask(FILM).content == b"film"
    assert not origin.tally.out


def test_of_many_one_tries_it_again(bench, origin, clock):
    bench.proxy.choose = always("500")
    for _ in range(FAILURES):
        refused(origin)
    bench.asked()
    clock.now += 5.1
    origin.ask_together(*[f"bird/v/7f3a/{number}.m4s" for number in range(30)])
    assert bench.asked() == 1


def test_when_it_is_back_the_manifest_is_no_longer_stale(bench, origin, clock):
    bench.proxy.choose = always("500")
    clock.now += 61
    origin.ask(MASTER)
    bench.proxy.choose = lambda _: None
    clock.now += 1.1
    assert "cache-status" not in origin.ask(MASTER).headers


def test_a_manifest_that_was_withdrawn_is_not_stale_but_gone(bench, origin, clock):
    bench.storage.delete(f"titles/{MASTER}")
    clock.now += 1.1
    assert origin.ask(MASTER).status_code == 404


def test_refusal_is_no_outage(bench, origin, clock):
    bench.proxy.choose = always("skew")
    for _ in range(FAILURES + 1):
        assert refused(origin)
    assert not origin.tally.out


def test_nobody_waits_for_a_server_that_says_nothing(bench, origin, clock):
    origin.upstream.seconds = 0.3
    bench.proxy.choose = always("stall")
    clock.now += 1.1
    assert {answer.status_code for answer in origin.ask_together(*[FILM] * 5)} == {503}
    assert origin.tally.failures == 1
    assert origin.ask(MASTER).headers["cache-status"] == "telecine; hit; ttl=-1"


def test_an_outage_is_logged_now_and_then_and_without_where_it_is(bench, origin, caplog):
    bench.proxy.choose = always("500")
    for number in range(20):
        origin.ask(f"bird/v/7f3a/{number}.m4s")
    assert len(caplog.records) == 1
    assert caplog.messages[0].startswith("cannot serve 'bird/v/7f3a/0.m4s': ")
    assert bench.proxy.url not in caplog.text


def test_after_a_restart_what_is_on_disk_is_served_without_the_storage(tmp_path):
    with bench_of("swift", tmp_path) as bench:
        bench.publish(MASTER, b"#EXTM3U\n")
        bench.publish(FILM, bytes(3 << 20))
        first = bench.origin(disk=64 << 20)
        tags = [first.ask(path).headers["etag"] for path in (MASTER, FILM)]
        first.cache.flush()
    # The proxy has ended, and with it the way to the storage; connections of before would live on.
    profile = tmp_path / "another"
    profile.write_text(bench.bucket.profile_file.read_text())
    second = Origin(replace(bench.bucket, profile_file=profile), tmp_path, disk=64 << 20)
    master, film = second.ask(MASTER), second.ask(FILM)
    assert master.content == b"#EXTM3U\n"
    assert master.headers["cache-status"].startswith("telecine; hit; ttl=")
    assert film.content == bytes(3 << 20)
    assert [master.headers["etag"], film.headers["etag"]] == tags
    assert second.ask("bird/v/7f3a/other.m4s").status_code == 503
