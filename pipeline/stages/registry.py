"""Which function does which kind of step."""

from collections.abc import Mapping

from pipeline.stages.check import verify_manifests
from pipeline.stages.checksum import checksum
from pipeline.stages.context import Stage
from pipeline.stages.encode import encode_sound, encode_video, make_poster
from pipeline.stages.ingest import ingest
from pipeline.stages.inspect import inspect
from pipeline.stages.manifests import manifests
from pipeline.stages.package import package
from pipeline.stages.plan import plan
from pipeline.stages.publish import publish
from pipeline.stages.verify import verify_rendition

STAGES: Mapping[str, Stage] = {
    "ingest": ingest,
    "inspect": inspect,
    "checksum": checksum,
    "plan": plan,
    "audio": encode_sound,
    "encode": encode_video,
    "poster": make_poster,
    "package": package,
    "manifests": manifests,
    "check": verify_manifests,
    "verify": verify_rendition,
    "publish": publish,
}
