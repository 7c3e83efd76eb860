"""A part that keeps ending is started less and less often."""

from pipeline.site.backoff import Backoff


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff()
    assert [backoff.after(0.5) for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_run_that_lasted_starts_over() -> None:
    backoff = Backoff(first=3, longest=100, steady=20)
    assert [backoff.after(ran) for ran in (0, 19.9, 20, 1, 500, 1)] == [3, 6, 3, 6, 3, 6]
