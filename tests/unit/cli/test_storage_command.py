"""`telecine storage`, against an endpoint that has all settings and one that has next to none."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.cli.storage_checks import storage_checks
from pipeline.storage.location import Bucket
from tests.support.catalogs import empty_catalog
from tests.support.s3 import SERVERS, server

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Check = Callable[[str, str], None]
THEIRS = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
THEIR_CORS = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://studio.example"]}


@pytest.fixture
def new_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Bucket]:
    """A bucket of a server, in which the site has its titles below `vod/`."""

    def make(name: str) -> Bucket:
        made = server(name).new_bucket()
        for variable in [found for found in os.environ if found.startswith(("AWS_", "TELECINE_S3_"))]:
            monkeypatch.delenv(variable)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(made.profile_file))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        monkeypatch.setenv("TELECINE_STORAGE", f"s3://{made.name}/vod")
        monkeypatch.setenv("TELECINE_ROOT", str(tmp_path))
        monkeypatch.delenv("TELECINE_CATALOG", raising=False)
        empty_catalog(tmp_path).close()
        return Bucket(made.name, "vod/", made.profile_file)

    return make


def storage(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["storage", *words])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def client(name: str) -> "S3Client":
    return server(name).connection().client


def test_setup_says_first_what_it_would_do_then_does_it_once(
    new_bucket: Callable[[str], Bucket], golden: Check
) -> None:
    bucket, s3 = new_bucket("ministack"), client("ministack")
    rules: Any = {"Rules": [THEIRS]}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration=rules)
    theirs: Any = {"CORSRules": [THEIR_CORS]}
    s3.put_bucket_cors(Bucket=bucket.name, CORSConfiguration=theirs)
    s3.delete_public_access_block(Bucket=bucket.name)
    told = storage("setup", "--dry-run", "--origin", "https://example.com", "--expire-artifacts", "90")
    golden("storage/setup-dry-run.txt", told.stdout)
    assert s3.get_bucket_versioning(Bucket=bucket.name).get("Status") is None
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]) == 1

    done = storage("setup", "--origin", "https://example.com", "--expire-artifacts", "90")
    assert done.stdout == told.stdout.replace("would change", "changed")
    assert s3.get_bucket_versioning(Bucket=bucket.name)["Status"] == "Enabled"
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]
    assert "logs" in [rule["ID"] for rule in found]
    assert len(found) == 6
    assert [rule["AllowedOrigins"] for rule in s3.get_bucket_cors(Bucket=bucket.name)["CORSRules"]] == [
        ["https://studio.example"],
        ["https://example.com"],
    ]
    again = storage("setup").stdout.splitlines()
    assert [line.partition(": ")[2] for line in again] == ["as it should be"] * 5


def test_setup_for_programs(new_bucket: Callable[[str], Bucket]) -> None:
    new_bucket("ministack")
    told = [json.loads(line) for line in storage("setup", "--dry-run", "--json").stdout.splitlines()]
    assert {one["setting"]: one["state"] for one in told} == {
        "public access": "right",
        "encryption": "right",
        "lifecycle": "differs",
        "versioning": "differs",
        "cors": "differs",
    }
    assert told[2]["added"][0]["ID"] == "telecine:vod/uploads"


def test_what_an_endpoint_lacks_is_told(new_bucket: Callable[[str], Bucket], golden: Check) -> None:
    bucket = new_bucket("swift")
    golden("storage/setup-swift.txt", storage("setup").stdout)
    assert client("swift").get_bucket_versioning(Bucket=bucket.name).get("Status") is None


def test_a_bucket_that_is_public_stays_so(new_bucket: Callable[[str], Bucket]) -> None:
    bucket, s3 = new_bucket("ministack"), client("ministack")
    s3.delete_public_access_block(Bucket=bucket.name)
    s3.put_bucket_ownership_controls(
        Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_bucket_acl(Bucket=bucket.name, ACL="public-read")
    assert storage("setup").stdout.splitlines()[0] == (
        "public access: left as it is: the bucket is public by its policy or its ACL, and stays so: "
        "players may read it directly"
    )


@pytest.mark.parametrize("name", SERVERS)
def test_check(name: str, new_bucket: Callable[[str], Bucket], golden: Check, tmp_path: Path) -> None:
    bucket = new_bucket(name)
    told = storage("check").stdout.replace(bucket.name, "BUCKET")
    golden(f"storage/check-{name}.txt", told)
    checks = list(storage_checks(bucket, tmp_path / "scratch"))
    assert all(check.good for check in checks if check.essential)
    assert client(name).list_objects_v2(Bucket=bucket.name)["KeyCount"] == 0


def test_a_bucket_that_is_not_there(
    new_bucket: Callable[[str], Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_bucket("ministack")
    monkeypatch.setenv("TELECINE_STORAGE", "s3://there-is-none")
    refused = storage("check", code=1)
    assert refused.stdout.startswith(
        "FAIL  storage: cannot use s3://there-is-none: list: there is no such bucket"
    )
    assert "there is no such bucket" in storage("setup", code=7).stderr


def test_a_folder_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_ROOT", str(tmp_path))
    monkeypatch.delenv("TELECINE_STORAGE", raising=False)
    empty_catalog(tmp_path).close()
    assert storage("setup", code=2).stderr == (
        f"telecine: {tmp_path} is a folder, and nothing has to be set up there\n"
    )
