"""Bytes that never show by accident."""

import hmac
from typing import NoReturn


class Secret:
    """Neither printed, formatted, pickled nor copied; equal to another in constant time."""

    __slots__ = ("__value",)

    def __init__(self, value: bytes) -> None:
        self.__value = bytes(value)

    def reveal(self) -> bytes:
        """The bytes, for a cipher or for whoever was found to have a right to them."""
        return self.__value

    def __len__(self) -> int:
        return len(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__value, other.__value)

    def __hash__(self) -> NoReturn:
        raise TypeError("a secret is not hashed: its hash would be as good as the secret")

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
