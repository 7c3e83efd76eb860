"""The command line of the simulator."""

from pathlib import Path

import click

from benchmarks.scale.plot import Curve, plotted
from benchmarks.scale.simulation import Result, simulate

WORKERS = (1, 4, 16, 64, 256, 1000)
HOUR = 3600
TEN_MINUTES = 600


@click.command()
@click.option("--plot", type=click.Path(path_type=Path), help="Where to draw the curves, as SVG.")
@click.option("--threads", default=1, show_default=True, help="Cores of each worker.")
@click.option("--codec", default="h264", show_default=True, help="Shipped ladders, separated by commas.")
@click.option("--seed", default=1, show_default=True)
@click.option("--most", default=WORKERS[-1], show_default=True, help="Workers.")
def main(plot: Path | None, threads: int, codec: str, seed: int, most: int) -> None:
    curves = []
    for name, films, seconds in (
        ("one title of two hours", lambda _: 1, 2 * HOUR),
        ("ten minutes a worker: as many titles as workers", lambda workers: workers, TEN_MINUTES),
    ):
        print(f"\n{name}\nworkers  efficiency  hours     idle while others still do")
        results = []
        for workers in (number for number in WORKERS if number <= most):
            results.append(simulate(films(workers), seconds, workers, threads, codec, seed))
            print(_row(results[-1]), flush=True)
        print(f"the catalog took {1000 * results[-1].catalog:.1f} ms a step, of one process")
        curves.append(Curve(name, {result.workers: result.efficiency for result in results}))
    if plot:
        plot.write_text(plotted(curves))


def _row(result: Result) -> str:
    waits = ", ".join(f"{kind} {share:.1%}" for share, kind in result.waits[:4] if share > 0.0005)
    wasted = f"repeated {result.wasted:.1%}"
    return f"{result.workers:7} {result.efficiency:11.3f} {result.makespan / HOUR:6.2f}     {waits}; {wasted}"


main()
