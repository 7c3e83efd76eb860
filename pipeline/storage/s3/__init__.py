"""Storage in a bucket, through boto3."""
