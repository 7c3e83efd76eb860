"""Times as people type them."""

from typing import Any

import click

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Span(click.ParamType[int]):
    """As `90s`, `30m`, `2h` or `1d`: whole seconds, minutes, hours or days, of at most `longest` seconds."""

    name = "time"

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        number, unit = str(value)[:-1], str(value)[-1:]
        if unit not in UNITS or not (number.isascii() and number.isdecimal()):
            self.fail(f"{value!r}: write a time as 90s, 30m, 2h or 1d", param, ctx)
        seconds = int(number) * UNITS[unit]
        if not 0 < seconds <= self._longest:
            self.fail(f"{value!r} is not between 1s and {self._longest // UNITS['h']}h", param, ctx)
        return seconds
