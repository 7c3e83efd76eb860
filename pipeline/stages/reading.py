"""A stored version as a player finds it: through its manifests."""

from packagers.hls import MEDIA_NAME, read_media_playlist
from packagers.readback import RenditionReference
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import VerifyError
from pipeline.job import Plan
from pipeline.stages.context import Context
from pipeline.stages.graph import StepParams
from pipeline.storage.base import Storage

AAC_FRAME = 1024
"""Samples; sound can be cut only between frames, so its segments start up to half a frame off the grid."""


def plan_of(context: Context, lease: Lease) -> Plan:
    return artifacts.load_value(context.storage, from_json(lease.params, StepParams).plan, Plan)


def playlist_of(storage: Storage, plan: Plan, path: str) -> RenditionReference:
    uri = f"{path}/{MEDIA_NAME}"
    return read_media_playlist(text_of(storage, plan, uri), uri)


def text_of(storage: Storage, plan: Plan, uri: str) -> str:
    with storage.open(f"{plan.root}/{uri}") as file:
        return file.read().decode()


def expect(holds: bool, message: str) -> None:
    if not holds:
        raise VerifyError(f"{message}; nothing was published")
