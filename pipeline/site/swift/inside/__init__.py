"""What runs in the environment of the embedded S3, started by path: it imports nothing of telecine."""
