"""What a command looked at, and whether it is good."""

from dataclasses import asdict, dataclass

import click

from pipeline.codec import to_json


@dataclass(frozen=True)
class Check:
    """`essential` checks fail the command."""

    name: str
    good: bool
    found: str
    fix: str = ""
    essential: bool = True


def show_checks(ctx: click.Context, checks: list[Check], as_json: bool) -> None:
    """Print them, and end the command with exit code 1 where one that is essential is not good."""
    for check in checks:
        click.echo(to_json(asdict(check)).decode() if as_json else _line(check))
    if not all(check.good for check in checks if check.essential):
        ctx.exit(1)


def _line(check: Check) -> str:
    mark = "ok  " if check.good else ("FAIL" if check.essential else "note")
    return f"{mark}  {check.name}: {check.found}" + (
        f" -> {check.fix}" if not check.good and check.fix else ""
    )
