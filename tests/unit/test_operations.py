"""docs/operations.md has every setting and every metric, and its examples are what they say."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.catalog.records import Figures
from pipeline.origin.figures import SiteFigures, Standing

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "operations.md").read_text()

SETTINGS = {
    name
    for folder in ("pipeline", "workers")
    for file in (ROOT / folder).rglob("*.py")
    for name in re.findall(r"\b(?:TELECINE_[A-Z_]+[A-Z]|REDIS_URL)\b", file.read_text())
}
METRICS = {
    family.name + ("_total" if family.type == "counter" else "")
    for family in text_string_to_metric_families(
        generate_latest(SiteFigures(Standing(Figures({}, {}, {}, {}, {}, {}), ()))).decode()
    )
}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_has_its_row(name: str) -> None:
    assert re.search(rf"^\| `{name}`( \*)? \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_explained(name: str) -> None:
    assert re.search(rf"^\| .*`{name}[`{{].* \|", PAGE, re.MULTILINE)


def test_every_example_says_whether_it_was_tried() -> None:
    rows = dict(re.findall(r"^\| \[.*\]\(examples/(.*)\) \| (.*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == {file.name for file in (DOCS / "examples").iterdir()}
    assert all(re.search(r"\btried\b", told) for told in rows.values())


def test_the_compose_file_names_settings_that_exist() -> None:
    services = yaml.safe_load((DOCS / "examples/compose.yaml").read_text())["services"]
    given = {name for service in services.values() for name in service["environment"]}
    assert {name for name in given if name.startswith("TELECINE_")} <= SETTINGS
