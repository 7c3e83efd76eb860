"""The command line of the simulator."""

from pathlib import Path

import click

from benchmarks.scale.bound import bound
from benchmarks.scale.films import film
from benchmarks.scale.model import FAILURES, Model
from benchmarks.scale.plot import Curve, plotted
from benchmarks.scale.simulation import Result, mean, simulate

WORKERS = (1, 4, 16, 64, 256, 1000)
HOUR = 3600
TEN_MINUTES = 600
MANY = 100
"""Titles of which one run tells as much as several runs of fewer."""


@click.command()
@click.option("--plot", type=click.Path(path_type=Path), help="Where to draw the curves, as SVG.")
@click.option("--threads", default=1, show_default=True, help="Cores of each worker.")
@click.option(
    "--failures",
    default=FAILURES,
    show_default=True,
    type=click.FloatRange(0, 0.5, min_open=True),
    help="Share of attempts.",
)
@click.option("--seeds", default=1, show_default=True, help="Runs, of which the mean counts.")
@click.option("--most", default=WORKERS[-1], show_default=True, help="Workers.")
def main(plot: Path | None, threads: int, failures: float, seeds: int, most: int) -> None:
    numbers = [workers for workers in WORKERS if workers <= most]
    models = [Model(threads, seed, failures) for seed in range(1, seeds + 1)]
    curves = []
    for codecs in ("h264", "h264,av1"):
        curves.append(_long_title(numbers, codecs, models))
        plan = film(2 * HOUR, codecs)
        limits = {workers: bound(plan, models[0], workers) for workers in numbers}
        print("at most   " + ", ".join(f"{workers}: {limit:.3f}" for workers, limit in limits.items()))
        curves.append(Curve(f"at most, {codecs}", limits, limit=True))
    curves.append(_short_titles(numbers, models))
    if plot:
        plot.write_text(plotted(curves))


def _long_title(numbers: list[int], codecs: str, models: list[Model]) -> Curve:
    name, points = f"one title of two hours, {codecs}", {}
    _print_head(name)
    for workers in numbers:
        runs = [simulate(1, 2 * HOUR, workers, codecs, model) for model in models]
        points[workers] = _told(mean(runs))
    return Curve(name, points)


def _short_titles(numbers: list[int], models: list[Model]) -> Curve:
    name, points = "as many ten-minute titles as workers, h264", {}
    _print_head(name)
    for workers in numbers:
        chosen = models if workers < MANY else models[:1]
        result = mean([simulate(workers, TEN_MINUTES, workers, "h264", model) for model in chosen])
        points[workers] = _told(result)
    print(f"the catalog took {1000 * result.catalog:.1f} ms a step, of one process")
    return Curve(name, points)


def _print_head(name: str) -> None:
    print(f"\n{name}\nworkers  efficiency  hours     idle while others still do")


def _told(result: Result) -> float:
    """Its efficiency, with all else printed."""
    waits = ", ".join(f"{kind} {share:.1%}" for share, kind in result.waits[:5] if share > 0.0005)
    figures = f"{result.workers:7} {result.efficiency:11.3f} {result.makespan / HOUR:6.2f}"
    print(f"{figures}     {waits}; repeated {result.wasted:.1%}", flush=True)
    return result.efficiency


main()
