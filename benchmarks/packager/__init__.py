"""Packaging and encrypting, against a peer packager on the same files."""
