"""Manifests that lead straight to a bucket, by URLs that are signed for a while."""
