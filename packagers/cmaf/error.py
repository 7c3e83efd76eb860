"""What is wrong with an encoder's output."""


class CmafError(ValueError):
    """Encoder output that cannot be packaged: one sentence with the chunk, the frame, expected and found."""
