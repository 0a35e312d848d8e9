"""A file that a command writes beside its place and puts there when it is whole.

Responsible for: finding out early that the place cannot be written, and for never replacing what is no regular file.
Not responsible for: what is written.

Rules kept here:

- A link stays a link: what it points to is replaced.
- A terminal, a device or a pipe is written to as it is.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from gateway.errors import CommandError

_USAGE = 2


class PlacedFile:
    """A file that is being written; `placed_file` makes one."""

    def __init__(self, path: Path) -> None:
        """Open it for the place ``path``, which errors name."""
        self._path = path
        self._target = resolved(path)
        self._is_replaced = path.is_file() or not path.exists()
        self._written = (
            self._target.with_name(f".{self._target.name}.{os.getpid()}.part")
            if self._is_replaced
            else path
        )
        with _naming(path):
            self._stream: TextIO = self._written.open("w", encoding="utf-8")

    def write(self, text: str) -> None:
        """Write more of it.

        Raises:
            CommandError: it cannot be written.
        """
        with _naming(self._path):
            self._stream.write(text)

    def put(self) -> None:
        """Put it in its place; nothing more is written.

        Raises:
            CommandError: it cannot be written.
        """
        with _naming(self._path):
            self._stream.close()
            if self._is_replaced:
                self._written.replace(self._target)

    def leave(self) -> None:
        """Leave nothing but what was put in its place."""
        with contextlib.suppress(OSError):
            self._stream.close()
        if self._is_replaced:
            self._written.unlink(missing_ok=True)


def resolved(path: Path) -> Path:
    """Return where a path leads.

    Raises:
        CommandError: it leads nowhere, for its links go round in a circle.
    """
    found = None
    with contextlib.suppress(
        OSError, RuntimeError
    ):  # Python 3.13 raises neither, and stays at a link
        found = path.resolve()
    if found is None or found.is_symlink():
        message = f"{path}: its links go round in a circle; name another file"
        raise CommandError(message, exit_code=_USAGE)
    return found


@contextlib.contextmanager
def placed_file(path: Path | None) -> Iterator[PlacedFile | None]:
    """Open a file that its caller puts in its place at the end; without a path there is none.

    Raises:
        CommandError: it cannot be written there.
    """
    if path is None:
        yield None
        return
    file = PlacedFile(path)
    try:
        yield file
    finally:
        file.leave()


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the report {path} cannot be written: {error.strerror}"
        raise CommandError(message) from error
