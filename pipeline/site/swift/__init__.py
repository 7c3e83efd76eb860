"""The embedded S3: OpenStack Swift with its S3 API in one process, to try buckets without an account."""
