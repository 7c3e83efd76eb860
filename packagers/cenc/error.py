"""What is wrong with media to protect."""


class CencError(ValueError):
    """Media that cannot be encrypted or decrypted, and why. Never holds a key."""
