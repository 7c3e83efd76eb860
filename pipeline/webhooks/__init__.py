"""Webhooks: what happened to a job, signed and sent to the URLs that the operator named, at least once."""
