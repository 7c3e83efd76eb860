"""`telecine logs`: everything that is known of a job's course."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import click

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import AttemptRecord, EventRecord
from pipeline.cli.finding import job_named
from pipeline.cli.opening import opened_catalog
from pipeline.cli.options import job_argument, output_option
from pipeline.cli.wording import ending, moment, sentence
from pipeline.events import read_event
from pipeline.standing import events_of


@dataclass(frozen=True)
class Line:
    """Something that happened at a time; `evidence` is for engineers."""

    at: float
    text: str
    evidence: str = ""


@click.command(name="logs")
@job_argument
@output_option
@click.option("--evidence", is_flag=True, help="Show what an error left: command, exit code, stderr.")
def logs_command(job: str, output: Path | None, evidence: bool) -> None:
    """Tell what happened in JOB, in order: attempts at its steps, and events. Times are UTC.

    JOB is an id, or as much of its beginning as no other has.

    \b
    Example:
      telecine logs job-3f2a -o site --evidence
    """
    with opened_catalog(output) as catalog:
        lines = sorted(_lines(catalog, job_named(catalog, job).id), key=lambda line: line.at)
    for line in lines:
        click.echo(f"{moment(line.at)}  {line.text}")
        if evidence and line.evidence:
            click.echo(indent(line.evidence.rstrip(), "    "))


def _lines(catalog: Catalog, job: str) -> Iterator[Line]:
    for attempt in catalog.steps.attempts(job):
        yield from _attempt(attempt)
    for record in events_of(catalog, job):
        text = _event(record)
        if text:
            yield Line(record.at, text)


def _attempt(attempt: AttemptRecord) -> Iterator[Line]:
    name = f"{attempt.step}, attempt {attempt.number}"
    yield Line(attempt.started, f"{name}: begun by {attempt.owner}")
    if attempt.ended is not None:
        seconds = attempt.ended - attempt.started
        error = f": {attempt.error}" if attempt.error else ""
        text = f"{name}: {attempt.outcome} after {seconds:.1f} s{error}"
        yield Line(attempt.ended, text, attempt.evidence or "")


def _event(record: EventRecord) -> str:
    event = read_event(record.body)
    return (sentence(event) or ending(event)) if event else ""
