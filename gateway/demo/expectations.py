"""The demonstration checks what it shows."""

from gateway.errors import CommandError


def expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Require that something holds.

    Raises:
        CommandError: it does not; ``otherwise`` says what was seen instead.
    """
    if not holds:
        raise failure(otherwise)


def failure(seen: str) -> CommandError:
    """Return the error that ends the demonstration because of what was ``seen``."""
    return CommandError(f"the demonstration went wrong: {seen}")
