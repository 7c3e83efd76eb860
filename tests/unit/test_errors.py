"""Errors by name: how a job fails in one process decides how a command ends in another."""

import pytest

from pipeline.errors import exit_code_of


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
