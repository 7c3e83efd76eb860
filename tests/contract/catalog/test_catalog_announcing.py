"""Hints: which steps workers are told of, when, and how often."""

from filming import PLAN, Clock, claim, encode, film, finish, names, separate, states

from pipeline.catalog.announcing import ALIVE_SECONDS, SPARE
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, Hint, Needs, StepSpec, WorkerRecord

MANY = [separate(number) for number in range(50)]


def join(catalog: Catalog, name: str, slots: int, *queues: str) -> None:
    """A worker of so many slots begins to live."""
    catalog.workers.beat(WorkerRecord(name, "host", queues or ("cpu",), slots, 8, 8_000))  # type: ignore[arg-type]


def test_a_hint_tells_enough_to_be_understood(catalog: Catalog) -> None:
    step = StepSpec("encode:1", "encode", b"", needs=Needs("cpu", threads=4, memory=9, seconds=90.0))
    (hint,) = film(catalog, step, priority=7, cluster=True)
    assert hint == Hint(
        step=hint.step,
        kind="encode",
        queue="cpu",
        priority=7,
        title="the-film",
        name="encode:1",
        fence=0,
        seconds=90.0,
        highest=7,
    )


def test_what_is_released_is_announced_once(catalog: Catalog) -> None:
    assert names(film(catalog, cluster=True)) == ["plan"]
    assert catalog.queue.hints() == []
    assert names(finish(catalog, "plan", then=[encode(1), encode(2)])) == ["encode:1", "encode:2"]
    assert catalog.queue.hints() == []
    assert finish(catalog, "encode:1") == []


def test_a_job_outside_the_cluster_is_never_announced(catalog: Catalog) -> None:
    assert film(catalog) == []
    assert finish(catalog, "plan", then=[encode(1)]) == []
    assert catalog.jobs.prioritize("film", 9) == []
    catalog.jobs.cancel("film")
    assert catalog.jobs.retry("film") == []
    catalog.queue.forget_sent(-1.0)
    assert catalog.queue.hints() == []


def test_without_workers_a_few_steps_of_each_queue_are_announced(catalog: Catalog) -> None:
    assert SPARE == 16
    steps = [*MANY, *(separate(number, Needs("io")) for number in range(100, 103))]
    hints = film(catalog, *steps, cluster=True)
    assert names(hints) == [f"step:{number}" for number in [*range(16), 100, 101, 102]]


def test_two_steps_a_slot_and_some_to_spare_are_outstanding(catalog: Catalog) -> None:
    join(catalog, "one", 3)
    join(catalog, "two", 2, "io", "cpu")
    join(catalog, "three", 100, "io")
    hints = film(catalog, *MANY, cluster=True)
    assert names(hints) == [f"step:{number}" for number in range(2 * 5 + 16)]
    claim(catalog, "step:3")
    claim(catalog, "step:30")
    assert names(catalog.queue.hints()) == ["step:26"]
    assert catalog.queue.hints() == []


def test_a_worker_that_is_not_heard_of_has_no_slots(catalog: Catalog, clock: Clock) -> None:
    assert ALIVE_SECONDS == 30.0
    join(catalog, "one", 1)
    clock.now += 30
    join(catalog, "two", 2)
    hints = film(catalog, *MANY, cluster=True)
    assert len(hints) == 2 * 2 + 16


def test_an_urgent_job_overtakes(catalog: Catalog) -> None:
    film(catalog, *MANY, name="long", cluster=True)
    film(catalog, *MANY[:3], name="short", priority=9, cluster=True)
    for number in range(16):
        claim(catalog, f"step:{number}", job="long")
    hints = catalog.queue.hints()
    assert [(hint.title, hint.name) for hint in hints[:4]] == [
        ("the-short", "step:0"),
        ("the-short", "step:1"),
        ("the-short", "step:2"),
        ("the-long", "step:16"),
    ]
    assert len(hints) == 16


def test_who_finishes_a_step_tells_of_other_jobs_too(catalog: Catalog) -> None:
    film(catalog, *MANY, name="long", cluster=True)
    film(catalog, cluster=True, priority=9)
    claim(catalog, "step:0", job="long")
    lease = claim(catalog, "step:1", job="long")
    assert names(catalog.steps.finish(lease, b"")) == ["step:16", "step:17"]


def test_who_goes_on_without_a_message_is_told_of_one_more_step(catalog: Catalog) -> None:
    """However many are announced: the others' slots have those."""
    more = [separate(number, Needs("io")) for number in range(100, 150)]
    film(catalog, *MANY, *more, name="long", cluster=True)
    for number in range(16, 19):
        join(catalog, f"gone-{number}", 0)
    film(catalog, PLAN, name="last", cluster=True, priority=1)
    plan = claim(catalog, "plan", job="last")
    assert names(catalog.steps.finish(plan, b"", taken="cpu")) == ["step:16"]
    one = claim(catalog, "step:16", job="long")
    assert names(catalog.steps.finish(one, b"", taken="cpu")) == ["step:17"]
    other = claim(catalog, "step:17", job="long")
    assert catalog.steps.finish(other, b"") == []


def test_a_hint_says_how_urgent_the_most_urgent_step_is_that_nobody_has_begun(catalog: Catalog) -> None:
    film(catalog, *MANY, name="long", cluster=True)
    first, second = claim(catalog, "step:0", job="long"), claim(catalog, "step:1", job="long")
    (urgent,) = film(catalog, separate(7, Needs("io")), name="short", cluster=True, priority=9)[:1]
    assert (urgent.title, urgent.priority, urgent.highest) == ("the-short", 9, 9)
    claim(catalog, "step:2", job="long")
    (hint,) = catalog.steps.finish(first, b"")
    assert (hint.name, hint.priority, hint.highest) == ("step:18", 5, 9)
    claim(catalog, "step:7", job="short")
    (hint,) = catalog.steps.finish(second, b"", taken="cpu")
    assert (hint.name, hint.highest) == ("step:19", 5)


def test_who_goes_on_is_told_of_the_most_urgent_step(catalog: Catalog) -> None:
    film(catalog, *MANY, name="long", cluster=True)
    lease = claim(catalog, "step:0", job="long")
    film(catalog, separate(7), name="short", cluster=True, priority=9)
    film(catalog, separate(8), name="shorter", cluster=True, priority=9)
    assert [hint.title for hint in catalog.steps.finish(lease, b"", taken="cpu")] == ["the-shorter"]


def test_another_priority_is_announced_anew(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), separate(3), cluster=True)
    claim(catalog, "step:1")
    hints = catalog.jobs.prioritize("film", 8)
    assert [(hint.name, hint.priority) for hint in hints] == [("step:2", 8), ("step:3", 8)]
    assert catalog.jobs.prioritize("film", 8) == []
    assert catalog.jobs.prioritize("no such job", 8) == []
    job = catalog.jobs.get("film")
    assert job is not None
    assert job.priority == 8


def test_what_runs_or_is_stopped_gets_the_new_priority_too(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), cluster=True)
    running = claim(catalog, "step:1")
    catalog.jobs.prioritize("film", 8)
    catalog.steps.give_back(running)
    assert [(hint.name, hint.priority) for hint in catalog.queue.hints()] == [("step:1", 9)]
    catalog.jobs.cancel("film")
    catalog.jobs.prioritize("film", 2)
    assert [(hint.name, hint.priority) for hint in catalog.jobs.retry("film")] == [
        ("step:1", 3),
        ("step:2", 2),
    ]


def test_what_is_put_off_is_announced_when_it_is_due(catalog: Catalog, clock: Clock) -> None:
    film(catalog, cluster=True)
    catalog.steps.put_off(claim(catalog, "plan"), Failure("busy"), delay=10.0)
    clock.now += 9
    assert catalog.queue.hints() == []
    clock.now += 1
    (hint,) = catalog.queue.hints()
    assert (hint.name, hint.fence) == ("plan", 1)


def test_what_was_given_back_or_taken_back_is_announced_again(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), separate(2), cluster=True)
    catalog.steps.give_back(claim(catalog, "step:1"))
    assert names(catalog.queue.hints()) == ["step:1"]
    claim(catalog, "step:2")
    clock.now += 3600
    catalog.queue.take_expired()
    assert names(catalog.queue.hints()) == ["step:2"]


def test_what_was_begun_before_goes_ahead_of_what_was_announced_meanwhile(catalog: Catalog) -> None:
    film(catalog, *MANY, priority=8, cluster=True)
    catalog.steps.give_back(claim(catalog, "step:3"))
    assert [(hint.name, hint.priority) for hint in catalog.queue.hints()] == [("step:3", 9)]
    # And the most urgent of all stay so.
    film(catalog, separate(99, Needs("io")), name="another", priority=9, cluster=True)
    catalog.steps.give_back(claim(catalog, "step:99", job="another"))
    assert [(hint.name, hint.priority) for hint in catalog.queue.hints()] == [("step:99", 9)]


def test_a_message_without_effect_is_sent_again_after_a_while(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), cluster=True)
    clock.now += 10
    film(catalog, separate(2), name="other", cluster=True)
    clock.now += 51
    catalog.queue.forget_sent(60.0)
    assert names(catalog.queue.hints()) == ["step:1"]
    clock.now += 10
    catalog.queue.forget_sent(60.0)
    assert names(catalog.queue.hints()) == ["step:2"]


def test_messages_are_missed_a_queue_at_a_time(catalog: Catalog, clock: Clock) -> None:
    film(catalog, PLAN, separate(1), separate(2), separate(3), separate(4, Needs("io")), cluster=True)
    claim(catalog, "step:2")
    clock.now += 1
    catalog.queue.forget_sent(0.0, "cpu")
    assert names(catalog.queue.hints()) == ["step:1", "step:3"]
    assert catalog.queue.hints() == []
    catalog.queue.forget_sent(0.0)
    assert names(catalog.queue.hints()) == ["plan", "step:4"]


def test_what_is_over_is_not_announced(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), cluster=True)
    catalog.steps.fail(claim(catalog, "step:1"), Failure("broken"))
    catalog.queue.forget_sent(-1.0)
    assert catalog.queue.hints() == []
    assert names(catalog.jobs.retry("film")) == ["step:1", "step:2"]
    assert states(catalog) == {"step:1": "ready", "step:2": "ready"}
