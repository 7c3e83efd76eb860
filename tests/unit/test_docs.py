"""Documentation that cannot rot: every command, every file and every event is in it."""

import ast
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click
import pytest

from pipeline import errors, events
from pipeline.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CODE = ("ladders", "packagers", "pipeline", "workers", "samples")


def test_commands_page_is_what_help_says(document: Callable[[str, str], None]) -> None:
    context = click.Context(main, info_name="telecine", **main.context_settings)
    pages = [_help(main, context)]
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        pages += _pages(command, click.Context(command, info_name=name, parent=context))
    intro = "# Commands\n\nWritten by `pytest --update-golden` from `--help`.\n"
    document("commands.md", "\n".join([intro, *pages]))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_is_in_the_readme(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert "Example:" in (command.help or "")
    assert f"`telecine {name}" in (ROOT / "README.md").read_text()


def test_architecture_has_a_line_for_every_file(document: Callable[[str, str], None]) -> None:
    text = (DOCS / "architecture.md").read_text()
    head, marker, rest = text.partition("-->\n")
    _, end, _ = rest.partition("<!-- end of files -->")
    document("architecture.md", head + marker + _files() + end + "\n")


@pytest.mark.parametrize("event", get_args(events.AnyEvent))
def test_every_event_and_its_fields_are_documented(event: type[events.Event]) -> None:
    tag = event.__struct_config__.tag
    row = next(
        line for line in (DOCS / "events.md").read_text().splitlines() if line.startswith(f"| `{tag}`")
    )
    assert [field for field in event.__struct_fields__ if f"`{field}`" not in row] == []


def test_every_exit_code_is_documented() -> None:
    rows = [
        line.split("|") for line in (DOCS / "events.md").read_text().splitlines() if line.startswith("| ")
    ]
    documented = {(name.strip(" `"), row[1].strip()) for row in rows for name in row[2].split(",")}
    classes = [
        c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.TelecineError)
    ]
    assert {(c.__name__, str(c.exit_code)) for c in classes} <= documented


def test_changelog_names_the_version() -> None:
    version = next(
        line.split('"')[1]
        for line in (ROOT / "pyproject.toml").read_text().splitlines()
        if line.startswith("version")
    )
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0].startswith(f"## {version}")


def _pages(command: click.Command, context: click.Context) -> list[str]:
    """Of a command, and of those that it is a group of."""
    pages = [_help(command, context)]
    for name, part in command.commands.items() if isinstance(command, click.Group) else ():
        pages += _pages(part, click.Context(part, info_name=name, parent=context))
    return pages


def _help(command: click.Command, context: click.Context) -> str:
    context.max_content_width = 100
    return f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"


def _files() -> str:
    listed = subprocess.run(
        ["git", "ls-files", *(f"{folder}/*.py" for folder in CODE)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    lines, folder = [], ""
    for path in sorted(map(Path, listed), key=lambda p: (p.parent.parts, p.name)):
        doc = ast.get_docstring(ast.parse((ROOT / path).read_text()))
        if not doc:
            assert path.name == "__init__.py", f"{path} does not say what it is"
            continue
        if str(path.parent) != folder:
            folder = str(path.parent)
            lines.append(f"\n**{folder}/**\n")
        sentence = " ".join(doc.split("\n\n")[0].split())
        lines.append(f"- `{path.name}`: {sentence}")
    return "\n".join(lines) + "\n\n"
