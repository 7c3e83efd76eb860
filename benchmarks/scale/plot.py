"""Curves as SVG, efficiency over workers: too little to ask for a plotting library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

WIDTH, HEIGHT, MARGIN = 760, 400, 56
COLOURS = ("#0b6e99", "#c2571a", "#4a7c2c")
STYLE = "font-family:sans-serif;font-size:13px;fill:#333"


@dataclass(frozen=True)
class Curve:
    """`points` has the efficiency by the number of workers; a `limit` is the bound of the curve before it."""

    name: str
    points: Mapping[int, float]
    limit: bool = False


def plotted(curves: list[Curve]) -> str:
    most = max(max(curve.points) for curve in curves)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" style="{STYLE}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(sorted({workers for curve in curves for workers in curve.points}), most),
    ]
    number = -1
    for curve in curves:
        number += not curve.limit
        draw = _limit if curve.limit else _drawn
        lines += draw(curve, COLOURS[number], HEIGHT - MARGIN - 60 + 20 * number, most)
    return "\n".join([*lines, "</svg>", ""])


def _x(workers: int, most: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * (log(workers) / log(most) if most > 1 else 0.0)


def _y(efficiency: float) -> float:
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * efficiency


def _axes(workers: list[int], most: int) -> Iterator[str]:
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        yield f'<path d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>'
        yield f'<text x="{MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>'
    for number in workers:
        place = f'x="{_x(number, most):.1f}" y="{HEIGHT - MARGIN + 20}"'
        yield f'<text {place} text-anchor="middle">{number}</text>'
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">workers</text>'
    yield f'<text x="{MARGIN}" y="28">share of the workers\' time that went into finished steps</text>'


def _places(curve: Curve, most: int) -> list[tuple[float, float]]:
    return [(_x(workers, most), _y(efficiency)) for workers, efficiency in sorted(curve.points.items())]


def _path(points: list[tuple[float, float]], style: str) -> str:
    return f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}" fill="none" {style}/>'


def _limit(curve: Curve, colour: str, _legend: float, most: int) -> Iterator[str]:
    yield _path(_places(curve, most), f'stroke="{colour}" stroke-dasharray="3 4"')


def _drawn(curve: Curve, colour: str, legend: float, most: int) -> Iterator[str]:
    points = _places(curve, most)
    yield _path(points, f'stroke="{colour}" stroke-width="2"')
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
    yield f'<text x="{MARGIN + 12}" y="{legend}" style="fill:{colour}">{curve.name}</text>'
