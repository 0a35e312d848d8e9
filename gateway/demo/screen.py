"""How the demonstration looks: on a terminal in colour, in a file as plain text, nowhere wider than 100 columns.

Responsible for: headings, steps, answers with their grounds, and errors.
Not responsible for: what is shown.

Rules kept here: nothing that moves has to be seen to understand; of a document only the last four characters are shown.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from partner_sdk import Answer, Ground, Outcome

_WIDTH = 100
_INDENT = 14
_COLOURS = {
    Outcome.PERMITTED: "bold green",
    Outcome.RESTRICTED: "bold red",
    Outcome.REFERRED: "bold yellow",
}
# An explanation begins with the outcome, and after its first sentence repeats what stands in the ground's own fields.
_REASON_EN = re.compile(r"(?:Restricted: |Referred[^:]*: )?(.+?)(?: Measure |$)")
_REASON_ZH = re.compile(r"(?:限制：|须由人工决定：)?(.+?)(?:措施|$)")


class Screen:
    """Prints the demonstration on standard output."""

    def __init__(self) -> None:
        if isinstance(
            sys.stdout, TextIOWrapper
        ):  # a log file may be of an encoding without our marks
            sys.stdout.reconfigure(errors="replace")
        terminal = Console(highlight=False)
        width = min(terminal.width, _WIDTH) if terminal.is_terminal else _WIDTH
        self._console = Console(highlight=False, width=width)
        self._parts = 0
        self._shown: set[str] = set()

    def open(self, title: str, *lines: str) -> None:
        """Print the title and what comes."""
        self._print(Text(title, style="bold"))
        for line in lines:
            self._print(Text(line))

    def part(self, title: str, note: str = "") -> None:
        """Begin the next part."""
        self._parts += 1
        heading = Text(f"{self._parts}  {title}", style="bold")
        self._print(Text(), Rule(heading, align="left", style="dim"))
        if note:
            self._print(Text(note, style="dim"))

    def act(self, title: str) -> None:
        """Begin the questions of one partner."""
        self._print(Text(title, style="bold underline"))

    @contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """Show on a terminal, and nowhere else, that something is being done."""
        if self._console.is_terminal:
            with self._console.status(Text(f"{name} …", style="cyan")):
                yield
        else:
            yield

    def step(self, name: str, words: str, seconds: float | None = None) -> None:
        """Print one finished step with how long it took."""
        taken = "" if seconds is None else f"{seconds:.1f} s"
        self._row(Text(name, style="bold cyan"), words, taken)

    def verdict(self, mark: str, words: str, *, good: bool) -> None:
        """Print the outcome of something that is not a decision."""
        self._row(Text(mark, style="bold green" if good else "bold yellow"), words)

    def answer(self, question: str, answer: Answer, *, milliseconds: float | None = None) -> None:
        """Print one answer with every ground; the first ground of all in full."""
        mark = Text(answer.outcome.value, style=_COLOURS[answer.outcome])
        taken = "" if milliseconds is None else f"{milliseconds:.0f} ms"
        self._row(mark, question, taken)
        for ground in answer.grounds:
            self.details(self._words(ground, answer))
            self._shown.add(ground.listing_reference)

    def details(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print labelled lines below an answer."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=8, style="dim")
        grid.add_column(overflow="fold")
        for label, words in rows:
            grid.add_row(Text(label), Text(words))
        self._print(Padding(grid, (0, 0, 0, _INDENT)))

    def _print(self, *renderables: RenderableType) -> None:
        """Print without the spaces that fill up lines."""
        with self._console.capture() as capture:
            self._console.print(*renderables)
        self._console.file.write(re.sub(r" +$", "", capture.get(), flags=re.MULTILINE))
        self._console.file.flush()

    def _row(self, mark: Text, words: str, taken: str = "") -> None:
        grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
        grid.add_column(width=_INDENT - 4)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_column(justify="right", no_wrap=True, style="dim")
        grid.add_row(mark, Text(words), Text(taken))
        self._print(Padding(grid, (0, 0, 0, 2)))

    def _words(self, ground: Ground, answer: Answer) -> list[tuple[str, str]]:
        rows = [("why", _reason(_REASON_EN, ground.explanation_en))]
        if ground.listing_reference in self._shown:
            return [*rows, ("listing", f"{ground.listing_reference}, the same as above")]
        if not self._shown:
            rows += [
                ("中文", _reason(_REASON_ZH, ground.explanation_zh)),
                ("basis", ground.legal_basis),
                ("listing", f"{ground.listing_reference}, by {ground.authority}"),
            ]
        contest = ground.contest
        rows += [
            ("until", _until(ground)),
            ("contest", f"{contest.body}, {contest.address}; {contest.deadline}"),
        ]
        if not self._shown:
            issued = f"by {answer.decision.issuer} on snapshot {answer.decision.snapshot.number}"
            valid = f"signed {issued}; to be relied on until {answer.expires_at:%H:%M:%S} UTC"
            rows.append(("answer", valid))
        return rows


def _reason(pattern: re.Pattern[str], explanation: str) -> str:
    found = pattern.match(explanation)
    return found.group(1) if found else explanation


def _until(ground: Ground) -> str:
    if ground.ends_at is None:
        return ground.ends_with
    ends = f"{ground.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{ends} ({ground.ends_with})" if ground.ends_with else ends
