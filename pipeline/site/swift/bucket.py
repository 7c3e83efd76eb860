"""How one sees that the embedded S3 can be used: the site's bucket is there, made if need be."""

import asyncio
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.site.part import Ready
from pipeline.site.ready import ANSWER_SECONDS
from pipeline.storage.location import Bucket
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.settings import S3Settings


def has_bucket(bucket: Bucket) -> Ready:
    once = S3Settings(timeout=ANSWER_SECONDS, attempts=1)
    connection = Connection(once, bucket.profile_file)

    async def ready(_: Sequence[str]) -> bool:
        return await asyncio.to_thread(_is_there, connection, bucket.name)

    return ready


def _is_there(connection: Connection, name: str) -> bool:
    try:
        made = {found["Name"] for found in connection.client.list_buckets()["Buckets"]}
        if name not in made:
            connection.client.create_bucket(Bucket=name)
    except (BotoCoreError, ClientError):
        return False
    return True
