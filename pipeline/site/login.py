"""Who may look at Flower."""

from dataclasses import dataclass, field

from pipeline.errors import UsageError


@dataclass(frozen=True)
class Login:
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Login":
        """From `user:password`. Raises UsageError, which does not quote it."""
        user, _, password = text.partition(":")
        # Flower takes a list separated by commas, and compares ASCII only.
        if not user or not password or "," in text or not text.isascii():
            raise UsageError("TELECINE_FLOWER_AUTH must be user:password, in ASCII and without a comma")
        return cls(user, password)

    def __str__(self) -> str:
        return self.user

    @property
    def credentials(self) -> str:
        return f"{self.user}:{self.password}"
