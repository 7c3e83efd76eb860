"""The configuration files of Swift, for one process that is proxy and store at once."""

import secrets
from pathlib import Path

from pipeline.site.ports import LOCALHOST
from pipeline.site.private import write_private

ACCOUNT = "telecine"
USER = "site"
ACCESS_KEY = f"{ACCOUNT}:{USER}"
"""Swift's form of one."""

REGION = "us-east-1"
HEALTH_PATH = "/healthcheck"

_CLUSTER = """\
[swift-hash]
swift_hash_path_prefix = {prefix}
swift_hash_path_suffix = {suffix}
[storage-policy:0]
name = default
default = yes
"""

# One device holds everything, in the same process: whoever gave up on it would have nobody else to ask. Where
# an update of a listing timed out, it would be left to a daemon that does not run here.
_COMMON = """\
[DEFAULT]
bind_ip = {host}
swift_dir = {conf}
devices = {data}
recon_cache_path = {cache}
mount_check = false
disable_fallocate = true
log_level = WARNING
log_address = /nonexistent
log_custom_handlers = one_process.log_to_stderr
conn_timeout = 30
node_timeout = 120
container_update_timeout = 120
error_suppression_limit = 1000000000
cors_allow_origin = *
strict_cors_mode = false
cors_expose_headers = ETag, Content-Range, Accept-Ranges, Content-Length
"""

_STORE = """\
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
replication_server = false
"""

# S3 allows 10,000 parts of an upload; Swift a thousand, unless it is told.
_PROXY = """\
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache putlock listing_formats bulk s3api tempauth copy slo \
dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
paste.filter_factory = one_process:cache_factory
[filter:putlock]
paste.filter_factory = one_process:put_lock_factory
[filter:s3api]
use = egg:swift#s3api
location = {region}
s3_acl = false
cors_preflight_allow_origin = *
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
"""

_STORES = ("account", "container", "object")
_PLAIN_FILTERS = (
    "catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "copy", "dlo", "symlink",
)  # fmt: skip


def write_configuration(folder: Path, secret: str) -> None:
    """Into `folder/etc`, for data below `folder`. Only its owner may read it, for the secret is in it. Raises
    StorageError."""
    conf = folder / "etc"
    cluster = conf / "swift.conf"
    if not cluster.exists():
        # Where an object lies follows from these: with others, all that is stored would be lost.
        _write(cluster, _CLUSTER.format(prefix=secrets.token_hex(8), suffix=secrets.token_hex(8)))
    common = _COMMON.format(host=LOCALHOST, conf=conf, data=folder / "data", cache=folder / "cache")
    for name in _STORES:
        _write(conf / f"{name}-server.conf", common + _STORE.format(name=name))
    proxy = _PROXY.format(region=REGION, account=ACCOUNT, user=USER, secret=secret)
    plain = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in _PLAIN_FILTERS)
    _write(conf / "proxy-server.conf", common + proxy + plain)


def _write(path: Path, text: str) -> None:
    write_private(path, text.encode())
