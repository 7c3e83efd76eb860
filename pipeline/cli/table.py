"""Tables on stdout, the same on a terminal as in a pipe: a line a row, as long as it is."""

from collections.abc import Iterable

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

WIDEST = 1 << 16
"""Columns: a terminal breaks a long line, and a program reads it whole."""


def print_table(headings: str, rows: Iterable[tuple[object, ...]], right: str = "") -> None:
    """`headings`, and of those the ones whose column is set flush right, are separated by spaces; `_` in one
    stands for a space. Nothing is printed where there are no rows."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in headings.split():
        side: JustifyMethod = "right" if heading in right.split() else "left"
        table.add_column(heading.replace("_", " "), justify=side, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    if table.row_count:
        Console(width=WIDEST, highlight=False).print(table, crop=False)
