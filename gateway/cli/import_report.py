"""The report of ``jointgate import --report``: one JSON object for each line that has something said about it.

Responsible for: the objects, and when a report is put in its place.
Not responsible for: the file (``placed_file``), nor what is said (``sanctions_matrix.violations``,
``gateway.register``).

Rules kept here:

- A report is put in its place when the import is done, or when the feed is refused as a whole: either way the clerk
  who sent the feed finds there what to mend. Whatever else goes wrong leaves the earlier report as it was.
- What is said about the feed itself is the last object, with null for the line.
- No object repeats a value of a row.
"""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.cli.placed_file import PlacedFile, placed_file
from gateway.register.errors import FeedRefusedError
from gateway.register.imports import RowReport
from sanctions_matrix.violations import Violation


class ReportFile:
    """A report that is being written, or nothing where none was asked for."""

    def __init__(self, file: PlacedFile | None) -> None:
        """Write to ``file``."""
        self._file = file

    def row(self, row: RowReport) -> None:
        """Write what is said about one line."""
        self._write(row.line, row.violations, row.notes)

    def refusal(self, error: FeedRefusedError) -> None:
        """Write what is said about the feed as a whole."""
        self._write(None, (error.violation,), ())

    def _write(
        self, line: int | None, violations: Sequence[Violation], notes: Sequence[str]
    ) -> None:
        if self._file is None:
            return
        content = {
            "line": line,
            "rules": list(dict.fromkeys(one.rule for one in violations)),
            "messages": [dataclasses.asdict(one) for one in violations],
            "notes": notes,
        }
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def written_report(path: Path | None) -> Iterator[ReportFile]:
    """Write the report beside its place, and put it there at the end; without a path, nothing is written.

    Raises:
        CommandError: the report cannot be written.
    """
    with placed_file(path) as file:
        report = ReportFile(file)
        try:
            yield report
        except FeedRefusedError as error:
            report.refusal(error)
            if file is not None:
                file.put()
            raise
        if file is not None:
            file.put()
