"""Any box that is declared: the strategies follow the declarations, so new boxes come by themselves."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from packagers.mp4.box import Box, Opaque, Parent, SizeForm, layout
from packagers.mp4.counted import Counted, Sized
from packagers.mp4.fields import ByVersion, Field, Fixed, If, IfFlag, Int, Raw, Repeat, Uint, Values
from packagers.mp4.registry import ALIASES, BOXES, CONTAINERS
from packagers.mp4.table import Rows, Table
from packagers.mp4.text import FourCC, FourCCs, Language, Text

codes = st.text(st.characters(max_codepoint=255), min_size=4, max_size=4)
nested_forms = st.sampled_from([SizeForm.COMPACT, SizeForm.LARGE])
MAX_ROWS = 5


def values_of(kind: Field, box: Values) -> st.SearchStrategy[Any]:
    """Values of one field, given the fields before it."""
    match kind:
        case ByVersion(first, later):
            return values_of(later if box["version"] else first, box)
        case IfFlag(mask, inner):
            return values_of(inner, box) if box["flags"] & mask else st.none()
        case If(condition, inner):
            return values_of(inner, box) if condition(box) else st.none()
        case Repeat(times, inner):
            return st.tuples(*[values_of(inner, box)] * times)
        case Counted(_, inner):
            return st.lists(values_of(inner, box), max_size=MAX_ROWS).map(tuple)
        case Rows():
            return tables(kind, box)
        case Uint() | Int() | Fixed():
            return numbers(kind)
    return texts(kind)


def numbers(kind: Uint | Int | Fixed) -> st.SearchStrategy[Any]:
    match kind:
        case Uint(bits):
            return st.integers(0, (1 << bits) - 1)
        case Int(bits):
            return st.integers(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        case Fixed(whole, part):
            return st.integers(0, (1 << (whole + part)) - 1).map(lambda n: Fraction(n, 1 << part))


def texts(kind: Field) -> st.SearchStrategy[Any]:
    match kind:
        case Raw(size):
            return st.binary(min_size=size or 0, max_size=20 if size is None else size)
        case Sized():
            return st.binary(max_size=20)
        case Text():
            return st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=10)
        case FourCC():
            return codes
        case FourCCs():
            return st.lists(codes, max_size=4).map(tuple)
        case Language():
            return st.text(st.characters(min_codepoint=0x60, max_codepoint=0x7F), min_size=3, max_size=3)
    raise NotImplementedError(f"no strategy for {kind}")


def tables(kind: Rows, box: Values) -> st.SearchStrategy[Table]:
    dtype = kind.dtype(box)
    rows = st.just(box[kind.count_field]) if kind.count_field else st.integers(0, MAX_ROWS)
    return rows.flatmap(lambda n: st.binary(min_size=n * dtype.itemsize, max_size=n * dtype.itemsize)).map(
        lambda data: Table(dtype, data)
    )


def counts_rows(box: type[Box], name: str) -> bool:
    return name == "sample_count" and any(isinstance(k, Rows | If) for _, k in layout(box).fields)


@st.composite
def declared(draw: st.DrawFn, type_: str, children: st.SearchStrategy[tuple[Box, ...]]) -> Box:
    box = BOXES[ALIASES.get(type_, type_)]
    fields: dict[str, Any] = {}
    if issubclass(box, Parent):
        fields["children"] = draw(children)
    for name, kind in layout(box).fields:
        if name == "entry_count":
            fields[name] = len(fields["children"])
        elif counts_rows(box, name):
            fields[name] = draw(st.integers(0, MAX_ROWS))
        else:
            fields[name] = draw(values_of(kind, fields))
    return box(type=type_, size_form=draw(nested_forms), **fields)


unknown = st.builds(
    Opaque,
    type=codes.filter(lambda code: ALIASES.get(code, code) not in BOXES),
    size_form=nested_forms,
    data=st.binary(max_size=20),
)


def boxes(depth: int = 3) -> st.SearchStrategy[Box]:
    """Any box, with boxes in it up to `depth` levels."""
    children = st.lists(boxes(depth - 1), max_size=3).map(tuple) if depth else st.just(())
    types = sorted({*BOXES, *ALIASES, *CONTAINERS})
    return unknown | st.sampled_from(types).flatmap(lambda type_: declared(type_, children))


files = st.lists(boxes(), max_size=4).map(tuple)
