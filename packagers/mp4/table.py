"""Tables of numbers, one row a sample or an entry: kept as the bytes of the file, seen as numpy columns."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packagers.mp4.bits import Mp4Error, Reader, Values, Writer
from packagers.mp4.fields import Field


@dataclass(frozen=True)
class Table:
    """Rows of big-endian numbers; `table["size"]` is a read-only column over them."""

    dtype: np.dtype[np.void]
    data: bytes = b""

    def __len__(self) -> int:
        return len(self.data) // self.dtype.itemsize if self.dtype.itemsize else 0

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> NDArray[Any]:
        view: NDArray[Any] = np.frombuffer(self.data, self.dtype)[column]
        return view

    @property
    def columns(self) -> tuple[str, ...]:
        return self.dtype.names or ()

    def head(self, rows: int) -> list[tuple[int, ...]]:
        """The first rows as tuples of ints, for display."""
        whole = np.frombuffer(self.data, self.dtype) if self.data else np.empty(0, self.dtype)
        return [tuple(row) for row in whole[:rows].tolist()]


@dataclass(frozen=True)
class Column:
    """A column of type `kind` (numpy's code, such as `u4`), or `later` in boxes of a version above 0.

    A column with a `flag` is there when the box's `flags` have that bit.
    """

    name: str
    kind: str
    later: str = ""
    flag: int = 0


class Rows(Field):
    """Rows that their number precedes, in `count_bits`; or as many as the field `count_field` says."""

    def __init__(self, *columns: Column, count_bits: int = 32, count_field: str = "") -> None:
        self.columns = columns
        self.count_bits = count_bits
        self.count_field = count_field
        self._dtype = cache(self._make_dtype)

    def read(self, source: Reader) -> Table:
        rows = source.box[self.count_field] if self.count_field else source.uint(self.count_bits)
        dtype = self.dtype(source.box)
        return Table(dtype, bytes(source.take(rows * dtype.itemsize)))

    def write(self, sink: Writer, value: Table) -> None:
        expected = self.dtype(sink.box)
        if value.dtype != expected:
            raise Mp4Error(f"a table of {value.dtype} given where one of {expected} is due")
        if not self.count_field:
            sink.uint(len(value), self.count_bits)
        elif len(value.data) != sink.box[self.count_field] * expected.itemsize:
            raise Mp4Error(f"{len(value)} rows given where {self.count_field} says otherwise")
        sink.put(value.data)

    @property
    def governed(self) -> int:
        return sum(column.flag for column in self.columns)

    def presence(self, value: Table) -> int:
        return sum(column.flag for column in self.columns if column.name in value)

    def table(self, *, version: int = 0, **columns: ArrayLike) -> Table:
        """A table with exactly these columns; `Mp4Error` when a number does not fit its column."""
        flags = sum(column.flag for column in self.columns if column.name in columns)
        dtype = self._dtype(version > 0, flags)
        if set(dtype.names or ()) != set(columns):
            raise Mp4Error(f"columns {sorted(columns)} given where {dtype.names} are due")
        numbers = {name: np.asarray(values) for name, values in columns.items()}
        rows = np.empty(len(next(iter(numbers.values()))), dtype)
        for name, values in numbers.items():
            rows[name] = values
            if not np.array_equal(rows[name], values):
                raise Mp4Error(f"{name}: a number does not fit {dtype[name]}")
        return Table(dtype, rows.tobytes())

    @property
    def empty(self) -> Table:
        """A table of no rows, in a box of version 0 without flags."""
        return Table(self._dtype(False, 0))

    def dtype(self, box: Values) -> np.dtype[np.void]:
        """Type of the rows in a box of such a version and flags."""
        return self._dtype(box.get("version", 0) > 0, box.get("flags", 0) & self.governed)

    def _make_dtype(self, later: bool, flags: int) -> np.dtype[np.void]:
        present = [c for c in self.columns if not c.flag or c.flag & flags]
        return np.dtype([(c.name, ">" + (c.later if later and c.later else c.kind)) for c in present])
