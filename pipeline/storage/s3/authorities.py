"""Whom connections to S3 trust, for programs that make their own."""

import botocore.session
from botocore.httpsession import get_cert_path


def authorities() -> str:
    """The file of certificates that boto3 checks a storage's against: AWS_CA_BUNDLE, `ca_bundle` of the AWS
    configuration, or those of the `certifi` package."""
    chosen = botocore.session.Session().get_config_variable("ca_bundle")
    return str(chosen or get_cert_path(True))
