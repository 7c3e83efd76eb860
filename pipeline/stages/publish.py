"""Last stage: the verified version becomes what the title's stable URLs show."""

from collections.abc import Iterator

from packagers.presentation import Presentation
from packagers.rules import check
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import to_json
from pipeline.events import Published, Warned
from pipeline.job import Plan
from pipeline.report import Encode, Report, encode_report
from pipeline.stages.context import Context, Outcome
from pipeline.stages.encode import encodes_of
from pipeline.stages.manifests import DASH, HLS, POSTER_PATH, has_dash, load_presentation
from pipeline.stages.reading import plan_of
from pipeline.stages.stable import keep, leading, show, stable_keys
from pipeline.stages.version import REPORT
from pipeline.storage.base import Storage
from pipeline.storage.location import Location, address
from pipeline.summary import Summary, renditions
from pipeline.webhooks.purge import purge


def publish(context: Context, lease: Lease) -> Outcome:
    plan = plan_of(context, lease)
    presentation = load_presentation(context.storage, plan)
    summary = _summary(plan, presentation)
    encodes = tuple(_encodes(context.storage, plan))
    report = Report(
        summary=summary,
        master=plan.digest,
        tools=plan.tools,
        cpu=round(sum(encode.cpu for encode in encodes), 3),
        encodes=encodes,
        findings=tuple(str(finding) for finding in check(presentation)),
        protection=plan.protection,
    )
    stable = leading(presentation, plan.version, dash=has_dash(plan.protection))
    keep(context.storage, plan.title, plan.version, stable)
    context.storage.put(f"{plan.root}/{REPORT}", to_json(report))
    context.catalog.titles.publish(lease, plan.version, to_json(summary))
    show(context.storage, context.catalog, plan.title)
    trouble = purge(str(context.settings.storage), plan.title, stable_keys(plan.title))
    if trouble:
        context.emit(Warned(message=trouble))
    return Outcome(result=published(context.settings.storage, summary))


def published(location: Location, summary: Summary) -> Published:
    """The event that ends a job, for a run that published as for one that found it published."""
    folder = f"titles/{summary.title}"
    return Published(
        title=summary.title,
        version=summary.version,
        hls=address(location, f"{folder}/{HLS}"),
        dash="" if summary.scheme == "aes-128" else address(location, f"{folder}/{DASH}"),
        size=summary.size,
    )


def _summary(plan: Plan, presentation: Presentation) -> Summary:
    reports = renditions(presentation)
    return Summary(
        title=plan.title,
        version=plan.version,
        duration=presentation.duration,
        frames=plan.grid.frames if plan.video else 0,
        size=sum(rendition.size for rendition in reports),
        poster=f"v/{plan.version}/{POSTER_PATH}" if plan.video else None,
        renditions=reports,
        scheme=plan.protection.scheme if plan.protection else "",
    )


def _encodes(storage: Storage, plan: Plan) -> Iterator[Encode]:
    for step, name in encodes_of(plan).items():
        marker = artifacts.find(storage, name)
        if marker:
            yield encode_report(step, marker)
