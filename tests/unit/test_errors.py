"""Errors by name: how a job fails in one process decides how a command ends in another."""

import pytest

from pipeline.errors import DiskFullError, exit_code_of, name_of
from pipeline.storage.s3.errors import BrokenOffError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BadMasterError", 3),
        ("EncodeError", 4),
        ("DiskFullError", 7),
        ("StoppedError", 130),
        ("TelecineError", 1),
        ("KeyError", 1),
        ("exit_code_of", 1),
        ("", 1),
    ],
)
def test_exit_codes(name: str, code: int) -> None:
    assert exit_code_of(name) == code


@pytest.mark.parametrize(
    ("error", "name"),
    [(DiskFullError(""), "DiskFullError"), (BrokenOffError(""), "OutageError"), (KeyError(), "KeyError")],
    ids=repr,
)
def test_errors_are_told_by_names_that_are_documented(error: Exception, name: str) -> None:
    assert name_of(error) == name
