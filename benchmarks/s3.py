"""What storage in S3 costs beside boto3 alone: both store and read the same objects of the same endpoint.

    python benchmarks/s3.py [--profile FILE --bucket NAME] [--objects 200] [--large 256] [--runs 3]

Without a profile, the embedded S3 runs on this machine, for which its processors are shared. Objects are of
1 MiB; the large one, in MiB, goes by several connections at a time on both sides. Both sides run in turn;
medians are printed, in MiB/s. Storage compares SHA-256 of all bytes, boto3 CRC32 of what it sends.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import boto3
import botocore.session
import click
from botocore.config import Config

from pipeline.site.ports import free_port
from pipeline.site.swift.server import Swift
from pipeline.storage.location import Bucket
from pipeline.storage.s3.storage import S3Storage

MIB = 1 << 20

Sides = dict[str, Callable[[int], object]]


@contextmanager
def embedded_s3(folder: Path) -> Iterator[Path]:
    """Its profile, while it runs."""
    server = Swift.of(folder, free_port(0), click.echo)
    server.prepare()
    with subprocess.Popen(server.argv, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                with suppress(OSError), urlopen(server.health_url):
                    break
                time.sleep(0.05)
            yield server.credentials.file
        finally:
            process.terminate()


def plain_client(profile: Path) -> "boto3.client":
    session = botocore.session.Session(profile="default")
    session.set_config_variable("config_file", str(profile))
    config = Config(max_pool_connections=32)
    url = session.get_scoped_config()["endpoint_url"]
    return boto3.Session(botocore_session=session).client("s3", config=config, endpoint_url=url)


def seconds(call: Callable[[int], object], count: int, threads: int) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(call, range(count)):
            pass
    return time.monotonic() - started


def compare(what: str, sides: Sides, count: int, threads: int, size: int, runs: int) -> None:
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, call in sides.items():
            taken[name].append(seconds(call, count, threads))
    rates = {name: count * size / MIB / median(times) for name, times in taken.items()}
    ratio = median(theirs / ours for ours, theirs in zip(*taken.values(), strict=True))
    told = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
    click.echo(f"{what:<22}{threads} threads: {told} MiB/s, {ratio:.2f} x")


def small(storage: S3Storage, plain: "boto3.client", bucket: str) -> tuple[Sides, Sides]:
    body = os.urandom(MIB)

    def read(number: int) -> None:
        with storage.open(f"artifacts/a/{number}") as file:
            file.read()

    def read_plain(number: int) -> None:
        plain.get_object(Bucket=bucket, Key=f"plain/{number}")["Body"].read()

    return (
        {
            "storage": lambda number: storage.put(f"artifacts/a/{number}", body),
            "boto3": lambda number: plain.put_object(Bucket=bucket, Key=f"plain/{number}", Body=body),
        },
        {"storage": read, "boto3": read_plain},
    )


def large(storage: S3Storage, plain: "boto3.client", bucket: str, file: Path) -> tuple[Sides, Sides]:
    """Storage consumes the file that it stores, hence the link."""

    def put(_: int) -> None:
        name = file.with_suffix(".link")
        name.hardlink_to(file)
        storage.put_file("artifacts/large", name)

    def read(_: int) -> None:
        storage.open("artifacts/large").close()

    return (
        {"storage": put, "boto3": lambda _: plain.upload_file(str(file), bucket, "plain/large")},
        {
            "storage": read,
            "boto3": lambda _: plain.download_file(bucket, "plain/large", str(file.with_suffix(".got"))),
        },
    )


@click.command()
@click.option("--profile", type=click.Path(path_type=Path, exists=True), help="An AWS config file.")
@click.option("--bucket", default="telecine-benchmark", show_default=True)
@click.option("--objects", default=200, show_default=True)
@click.option("--large", "mebibytes", default=256, show_default=True)
@click.option("--runs", default=3, show_default=True)
def main(profile: Path | None, bucket: str, objects: int, mebibytes: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if profile:
            measure(profile, bucket, folder, objects, mebibytes, runs)
            return
        with embedded_s3(folder / "s3") as own:
            measure(own, bucket, folder, objects, mebibytes, runs)


def measure(profile: Path, bucket: str, folder: Path, objects: int, mebibytes: int, runs: int) -> None:
    storage = S3Storage.of(Bucket(bucket, profile_file=profile), folder / "scratch")
    plain = plain_client(profile)
    with suppress(plain.exceptions.BucketAlreadyOwnedByYou):
        plain.create_bucket(Bucket=bucket)
    file = folder / "large"
    file.write_bytes(os.urandom(mebibytes * MIB))
    puts, gets = small(storage, plain, bucket)
    for threads in (1, 8):
        compare("put 1 MiB", puts, objects, threads, MIB, runs)
        compare("get 1 MiB", gets, objects, threads, MIB, runs)
    puts, gets = large(storage, plain, bucket, file)
    compare(f"put {mebibytes} MiB", puts, 1, 1, mebibytes * MIB, runs)
    compare(f"get {mebibytes} MiB", gets, 1, 1, mebibytes * MIB, runs)


if __name__ == "__main__":
    main()
