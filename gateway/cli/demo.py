"""``jointgate demo``: everything on this machine, to watch.

Responsible for: reading the command line.
Not responsible for: what is played (``gateway.demo``).
"""

import argparse

_EPILOG = """\
Everything happens in a temporary folder that is removed at the end; nobody in it ever lived.
exit status: 0 when everything shown was as it should be, 1 when not.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``demo``."""
    parser = commands.add_parser(
        "demo",
        help="start everything here, and watch four partners ask",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--parties",
        metavar="N",
        type=_parties,
        default=10_000,
        help="how many synthetic parties to list (default: %(default)s)",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the demonstration; returns 0 when everything was as it should be."""
    from gateway.demo import play

    play(arguments.parties)
    return 0


def _parties(text: str) -> int:
    if not text.isdigit() or not 1_000 <= int(text) <= 200_000:  # noqa: PLR2004 - enough to choose from; minutes
        raise argparse.ArgumentTypeError("give a number from 1000 to 200000")
    return int(text)
