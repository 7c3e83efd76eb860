"""What can go wrong, as classes: each has an exit code and says whether trying again can help.

A message is one sentence for the user: what, where, how to fix it. Evidence for engineers (command, exit
code, the end of stderr) is kept apart in `evidence` and shown on demand.
"""


class TelecineError(Exception):
    """The base of all errors that telecine raises on purpose."""

    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, evidence: str = "") -> None:
        super().__init__(message)
        self.evidence = evidence


class UsageError(TelecineError):
    """The call or its settings are wrong: an unknown ladder, bad YAML, an output that cannot be written."""

    exit_code = 2


class BadMasterError(TelecineError):
    """The master cannot be used; nothing was queued for it."""

    exit_code = 3


class EncodeError(TelecineError):
    """An encoder failed, or gave other frames than it was asked for."""

    exit_code = 4
    retryable = True


class PackageError(TelecineError):
    """Encoded chunks do not fit together as one rendition."""

    exit_code = 5


class VerifyError(TelecineError):
    """What was packaged is not what was planned; nothing was published."""

    exit_code = 6


class StorageError(TelecineError):
    """The storage refused or lost something."""

    exit_code = 7
    retryable = True


class DiskFullError(StorageError):
    """No room is left where something had to be written."""

    retryable = False


class OutageError(StorageError):
    """A service is down or out of reach; the step is given back, no failure counted."""


class RefusedError(OutageError):
    """A service refuses us altogether: credentials, permissions, a clock. Work waits until an operator has
    put that right; a command does not, for trying again does not help."""

    retryable = False


class StaleLeaseError(TelecineError):
    """A step's result came from an owner that had lost the step to another; the result was not taken."""

    exit_code = 8


class KeysError(TelecineError):
    """A key is missing, refused, or not to be trusted. Of the key itself nothing is said."""

    exit_code = 9


class StoppedError(TelecineError):
    """The user or the supervisor stopped the job; the same command continues it."""

    exit_code = 130


def name_of(error: Exception) -> str:
    """The name under which an error is kept and told: that of its class, or of the class here that a finer
    one of another module is a kind of."""
    here = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == __name__)
    return next(here, type(error).__name__)


def exit_code_of(name: str) -> int:
    """The exit code of the error class of that name, which attempts and events keep; that of TelecineError
    for one that nobody foresaw."""
    found = globals().get(name)
    if isinstance(found, type) and issubclass(found, TelecineError):
        return found.exit_code
    return TelecineError.exit_code
