"""Ladders from YAML: what is taken, and what is refused in one sentence that names the place."""

from collections.abc import Mapping
from itertools import pairwise
from string import ascii_lowercase
from typing import Any

import pytest

from ladders.load import MAX_CHARACTERS, default_ladder, parse_ladder, shipped
from ladders.model import AudioDefinition, Ladder, LadderError, Rung, RungDefinition

GOOD = """
name: web
codec: h264
preset: fast
rungs:
  - {name: "720", box: [1280, 720], crf: 22, maxrate: 3000000, bufsize: 6000000}
  - {name: "360", box: [640, 360], crf: 21.5, maxrate: 700000, bufsize: 700000}
"""


def refusal(text: str) -> str:
    with pytest.raises(LadderError) as error:
        parse_ladder(text, "web.yaml")
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_a_ladder() -> None:
    assert parse_ladder(GOOD, "web.yaml") == Ladder(
        name="web",
        codec="h264",
        preset="fast",
        rungs=(
            RungDefinition(name="720", box=(1280, 720), crf=22, maxrate=3_000_000, bufsize=6_000_000),
            RungDefinition(name="360", box=(640, 360), crf=21.5, maxrate=700_000, bufsize=700_000),
        ),
        audio=AudioDefinition(codec="aac", bitrate=128_000, sample_rate=48_000, channels=2),
        high_rate_factor=1.5,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "  - [", "web.yaml, line 8: not YAML: expected the node content, but found '<stream end>'"),
        (GOOD + "\tx: 1", "web.yaml, line 8: not YAML: found character '\\t' that cannot start any token"),
        (GOOD + "---\n" + GOOD, "web.yaml, line 8: not YAML: but found another document"),
        ("name: a\0b", "web.yaml: not YAML: unreadable"),
        ("", "web.yaml: Expected `object`, got `null`"),
        ("- web", "web.yaml: Expected `object`, got `array`"),
        (GOOD + "colour: red", "web.yaml: Object contains unknown field `colour`"),
        (GOOD.replace("preset: fast", ""), "web.yaml: Object missing required field `preset`"),
        (GOOD.replace('"720"', "720"), "web.yaml: Expected `str`, got `int` - at `$.rungs[0].name`"),
        (GOOD.replace("21.5", "low"), "web.yaml: Expected `float`, got `str` - at `$.rungs[1].crf`"),
        (
            GOOD.replace("640, 360", "640"),
            "web.yaml: Expected `array` of length 2, got 1 - at `$.rungs[1].box`",
        ),
        (GOOD.replace("h264", "mpeg2"), "web.yaml: Invalid enum value 'mpeg2' - at `$.codec`"),
        (
            GOOD + "audio: {bitrate: 1000}",
            "web.yaml: audio: bitrate must be within 32000 to 512000 bits/s - at `$.audio`",
        ),
        (
            GOOD.replace("640, 360", "360, 640"),
            "web.yaml: rung 360: box must be [long side, short side], at least 16 - at `$.rungs[1]`",
        ),
        (
            GOOD.replace("maxrate: 3000000", "maxrate: 1" + "0" * 400),
            "web.yaml: rung 720: maxrate must be at most 300000000 bits/s - at `$.rungs[0]`",
        ),
        (
            GOOD.replace("bufsize: 700000", "bufsize: 699999"),
            "web.yaml: rung 360: need 0 < maxrate <= bufsize <= 4 x maxrate - at `$.rungs[1]`",
        ),
        (
            GOOD.replace('"360"', '"../360"'),
            "web.yaml: rung '../360': a name is 1 to 32 letters a to z and digits - at `$.rungs[1]`",
        ),
        (
            GOOD.replace('"360"', '"३६०"'),
            "web.yaml: rung '३६०': a name is 1 to 32 letters a to z and digits - at `$.rungs[1]`",
        ),
        (GOOD.replace('"360"', '"720"'), "web.yaml: ladder web: two rungs share a name"),
        (GOOD.replace("640, 360", "1280, 720"), "web.yaml: ladder web: the box of 360 must fit into 720's"),
        (GOOD.replace("640, 360", "1000, 800"), "web.yaml: ladder web: the box of 360 must fit into 720's"),
        (GOOD.replace("crf: 22", "crf: .nan"), "web.yaml: rung 720: crf must be within 1 to 51"),
        (GOOD.replace("crf: 22", "crf: 52"), "web.yaml: rung 720: crf must be within 1 to 51"),
        (
            GOOD.replace("h264", "av1").replace("fast", '"8"'),
            "web.yaml: rung 360: AV1 takes a crf without a fraction",
        ),
        (
            GOOD.replace("h264", "av1"),
            "web.yaml: ladder web: preset must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
        ),
        (GOOD + "high_rate_factor: 4", "web.yaml: ladder web: high_rate_factor must be within 1 to 3"),
        ("{name: x, codec: h264, preset: fast, rungs: []}", "web.yaml: ladder x: needs at least one rung"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    "value",
    ["2001-99-99", "!!int ten", "!!float ten", "!!bool perhaps", "!!timestamp never", "9" * 5000],
)
def test_values_that_break_the_yaml_library_are_refused(value: str) -> None:
    assert "cannot be read" in refusal(f"name: {value}")


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!python/name:os.system", "!include"])
def test_tags_that_would_run_code_are_refused(tag: str) -> None:
    assert refusal(f"name: {tag} x").startswith("web.yaml, line 1: not YAML: could not determine")


def bomb() -> str:
    """Nine levels of nine references each: nearly four hundred million values, if anybody counted them."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for below, name in pairwise(ascii_lowercase[:9]):
        lines.append(f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb(), "web.yaml: Object contains unknown field `a`"),
        (bomb().replace("i: &i", "name: &i"), "web.yaml: Object contains unknown field `a`"),
        ("name: &n [*n]", "web.yaml: Expected `str`, got `array` - at `$.name`"),
        ("&n [*n]", "web.yaml: Expected `object`, got `array`"),
        ("[" * 5_000, "web.yaml: values lie within values too deeply"),
        ("x" * (MAX_CHARACTERS + 1), "web.yaml: a ladder file has at most 64000 characters"),
    ],
    ids=["bomb", "bomb as name", "self", "self as all", "deep", "long"],
)
def test_attacks_on_the_parser_end_soon(text: str, message: str) -> None:
    assert refusal(text) == message


def test_shipped_ladders_are_found_by_name() -> None:
    assert {name: ladder.codec for name, ladder in shipped().items()} == {"av1": "av1", "h264": "h264"}
    assert default_ladder("av1").name == "av1"


@pytest.mark.parametrize("ladder", shipped().values(), ids=lambda ladder: str(ladder.name))
def test_every_shipped_cap_halves_no_faster_than_the_next(ladder: Ladder) -> None:
    """A player stepping down never has to give up more than about half of its bit rate, nor less than a
    fifth."""
    caps = [rung.maxrate for rung in ladder.rungs]
    assert all(0.4 <= lower / higher <= 0.8 for higher, lower in pairwise(caps))


def test_one_h264_rung_is_near_the_rate_that_players_start_with() -> None:
    """Rule 1.32 of the HLS authoring specification: 2 Mbit/s."""
    assert 2_000_000 in [rung.maxrate for rung in default_ladder("h264").rungs]


@pytest.mark.parametrize("size", [{"width": 641}, {"height": 361}, {"width": 14}, {"height": 0}])
def test_a_rung_of_an_odd_or_tiny_size_cannot_be_made(size: Mapping[str, int]) -> None:
    whole: dict[str, Any] = {
        "name": "a", "codec": "h264", "width": 640, "height": 360, "crf": 22, "maxrate": 1, "bufsize": 1,
        "preset": "fast", "level": "3.0",
    }  # fmt: skip
    with pytest.raises(LadderError, match="is not an even size of 16 or more"):
        Rung(**{**whole, **size})
