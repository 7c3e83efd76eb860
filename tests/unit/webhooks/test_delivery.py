"""Events of jobs to real receivers, whatever these do: told at least once, signed, no secret in the log."""

import json
import logging

import pytest
from ended_jobs import Clock, end_job
from receiver import OTHER_SECRET, SECRET, receiving
from standardwebhooks import WebhookVerificationError

from pipeline.catalog.catalog import Catalog
from pipeline.webhooks.delivery import FIRST_DELAY, LONGEST_DELAY, MOST_TRIES, Delivery, delay_after
from pipeline.webhooks.hook import Hook
from tests.support.broker import free_port

BAD_MANNERS = ["fail", "redirect", "stall", "drip", "babble", "hang_up"]


@pytest.mark.usefixtures("impatient")
def test_it_is_told_until_it_is_taken(
    catalog: Catalog, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_job(catalog, "job-1")
    with receiving(*BAD_MANNERS) as receiver:
        delivery = Delivery(catalog, [receiver.hook])
        for tries in range(len(BAD_MANNERS)):
            assert delivery.deliver_due(9) == 0
            assert delivery.deliver_due(9) == 0, "not due yet"
            assert len(receiver.received) == tries + 1
            clock.now += 2 * FIRST_DELAY * 2.0**tries
        monkeypatch.undo()  # patient again
        assert delivery.deliver_due(9) == 1
        assert delivery.deliver_due(9) == 0
        clock.now += 10 * LONGEST_DELAY
        assert delivery.deliver_due(9) == 0
    assert len(receiver.received) == len(BAD_MANNERS) + 1
    assert {received.path for received in receiver.received} == {"/hook"}
    assert {received.id for received in receiver.received} == {"evt_1_1700000000250"}
    assert len({received.body for received in receiver.received}) == 1
    for received in receiver.received:
        received.verify()


def test_what_it_says(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        Delivery(catalog, [receiver.hook]).deliver_due(9)
    (received,) = receiver.received
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("telecine/")
    assert json.loads(received.body) == {
        "type": "job.published",
        "timestamp": "2023-11-14T22:13:20.250000Z",
        "data": {
            "job": "job-1",
            "title": "film",
            "version": "7f3a",
            "hls": "a.m3u8",
            "dash": "a.mpd",
            "size": 9,
        },
    }


def test_a_forger_is_found_out(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        Delivery(catalog, [receiver.hook]).deliver_due(9)
    with pytest.raises(WebhookVerificationError):
        receiver.received[0].verify(OTHER_SECRET)


def test_while_secrets_change_either_verifies(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        Delivery(catalog, [Hook(receiver.url, (SECRET, OTHER_SECRET))]).deliver_due(9)
    receiver.received[0].verify(SECRET)
    receiver.received[0].verify(OTHER_SECRET)


def test_who_took_it_is_not_told_again_for_another_s_sake(catalog: Catalog, clock: Clock) -> None:
    end_job(catalog, "job-1")
    with receiving() as glad, receiving("fail") as sorry:
        delivery = Delivery(catalog, [glad.hook, sorry.hook])
        assert delivery.deliver_due(9) == 0
        clock.now += FIRST_DELAY
        assert delivery.deliver_due(9) == 1
    assert (len(glad.received), len(sorry.received)) == (1, 2)


@pytest.mark.usefixtures("impatient")
def test_one_that_stalls_keeps_nothing_from_others(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    nowhere = Hook("http://" + 70 * "a" + ".invalid/", (SECRET,))
    refusing = Hook(f"http://127.0.0.1:{free_port()}/", (SECRET,))
    with receiving("stall") as stalling, receiving() as glad:
        hooks = [nowhere, stalling.hook, refusing, glad.hook]
        assert Delivery(catalog, hooks).deliver_due(9) == 0
    assert (len(stalling.received), len(glad.received)) == (1, 1)


def test_the_body_of_an_answer_is_not_waited_for(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving("flood") as receiver:
        assert Delivery(catalog, [receiver.hook]).deliver_due(9) == 1


def test_at_most_so_many_are_told_at_a_time_the_longest_due_first(catalog: Catalog) -> None:
    for number in range(5):
        end_job(catalog, f"job-{number}")
    with receiving() as receiver:
        delivery = Delivery(catalog, [receiver.hook])
        assert [delivery.deliver_due(2) for _ in range(4)] == [2, 2, 1, 0]
    told = [json.loads(received.body)["data"]["job"] for received in receiver.received]
    assert [sorted(told[:2]), sorted(told[2:4]), told[4:]] == [
        ["job-0", "job-1"],
        ["job-2", "job-3"],
        ["job-4"],
    ]


def test_it_is_given_up_in_the_end(catalog: Catalog, clock: Clock) -> None:
    end_job(catalog, "job-1")
    (event,) = catalog.events.due(9)
    with receiving(*["fail"] * 2) as receiver:
        delivery = Delivery(catalog, [receiver.hook])
        for _ in range(MOST_TRIES - 2):
            catalog.events.postpone(event.id, 0)
        assert delivery.deliver_due(9) == 0
        clock.now += LONGEST_DELAY
        assert delivery.deliver_due(9) == 1
    assert len(receiver.received) == 2
    assert catalog.events.due(9) == []


def test_that_is_after_about_three_days() -> None:
    days = sum(map(delay_after, range(MOST_TRIES - 1))) / 86_400
    assert 2.7 < days < 3.3


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b'{"no": "kind"}'])
def test_an_event_that_cannot_be_told_stops_no_other(catalog: Catalog, body: bytes) -> None:
    end_job(catalog, "job-1", body)
    end_job(catalog, "job-2")
    with receiving() as receiver:
        assert Delivery(catalog, [receiver.hook]).deliver_due(9) == 2
    assert [json.loads(received.body)["data"]["job"] for received in receiver.received] == ["job-2"]


@pytest.mark.usefixtures("impatient")
def test_no_secret_is_in_the_log(catalog: Catalog, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    end_job(catalog, "job-1")
    with receiving(*BAD_MANNERS) as receiver:
        url = f"http://anna:pa55word@127.0.0.1:{receiver.port}/t0ken?key=t0ken"
        delivery = Delivery(
            catalog, [Hook(url, (SECRET,)), Hook("https://x:pa55word@nowhere.invalid/t0ken", (SECRET,))]
        )
        for _ in BAD_MANNERS:
            delivery.deliver_due(9)
            clock.now += LONGEST_DELAY
    assert receiver.received[0].headers["authorization"].startswith("Basic ")
    assert f"http://127.0.0.1:{receiver.port}: status 500" in caplog.text
    assert "no answer within 0.3 s" in caplog.text
    assert "https://nowhere.invalid: " in caplog.text
    for secret in ("pa55word", "t0ken", SECRET, SECRET.removeprefix("whsec_"), "anna"):
        assert secret not in caplog.text
    assert {record.job for record in caplog.records if record.name == "pipeline.webhooks.delivery"} == {
        "job-1"
    }


@pytest.mark.parametrize(
    ("tries", "shortest", "longest"),
    [(0, 2.5, 5), (1, 5, 10), (3, 20, 40), (10, 1800, 3600), (104, 1800, 3600)],
)
def test_delays_double_up_to_an_hour(tries: int, shortest: float, longest: float) -> None:
    delays = [delay_after(tries) for _ in range(100)]
    assert all(shortest <= delay <= longest for delay in delays)
    assert len(set(delays)) > 50
