"""The report of ``jointgate import --report``: one JSON object for each line that has something said about it.

Responsible for: the objects, and for putting a report in its place whole.
Not responsible for: what is said (``sanctions_matrix.violations``, ``gateway.register``).

Rules kept here:

- A report is put in its place when the import is done, or when the feed is refused as a whole: either way the clerk
  who sent the feed finds there what to mend. Whatever else goes wrong leaves the earlier report as it was.
- What is said about the feed itself is the last object, with null for the line.
- No object repeats a value of a row.
"""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from gateway.errors import CommandError
from gateway.register.errors import FeedRefusedError
from gateway.register.imports import RowReport
from sanctions_matrix.violations import Violation


class ReportFile:
    """A report that is being written, or nothing where none was asked for."""

    def __init__(self, path: Path | None, stream: TextIO | None) -> None:
        """Write to ``stream``, and call it ``path`` in errors."""
        self._path = path
        self._stream = stream

    def row(self, row: RowReport) -> None:
        """Write what is said about one line."""
        self._write(row.line, row.violations, row.notes)

    def refusal(self, error: FeedRefusedError) -> None:
        """Write what is said about the feed as a whole."""
        self._write(None, (error.violation,), ())

    def _write(
        self, line: int | None, violations: Sequence[Violation], notes: Sequence[str]
    ) -> None:
        if self._stream is None or self._path is None:
            return
        content = {
            "line": line,
            "rules": list(dict.fromkeys(one.rule for one in violations)),
            "messages": [dataclasses.asdict(one) for one in violations],
            "notes": notes,
        }
        with _naming(self._path):
            self._stream.write(json.dumps(content, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def written_report(path: Path | None) -> Iterator[ReportFile]:
    """Write the report beside its place, and put it there at the end; without a path, nothing is written.

    Raises:
        CommandError: the report cannot be written.
    """
    if path is None:
        yield ReportFile(None, None)
        return
    target = path.resolve()
    # A terminal or a pipe is written to as it is.
    is_replaced = target.is_file() or not target.exists()
    written = target.with_name(f".{target.name}.{os.getpid()}.part") if is_replaced else target
    with _naming(path):
        stream = written.open("w", encoding="utf-8")
    report = ReportFile(path, stream)
    try:
        try:
            yield report
        except FeedRefusedError as error:
            report.refusal(error)
            _put(path, stream, written, target)
            raise
        _put(path, stream, written, target)
    finally:
        with contextlib.suppress(OSError):
            stream.close()
        if is_replaced:
            written.unlink(missing_ok=True)


def _put(path: Path, stream: TextIO, written: Path, target: Path) -> None:
    with _naming(path):
        stream.close()
        if written != target:
            written.replace(target)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the report {path} cannot be written: {error.strerror}"
        raise CommandError(message) from error
