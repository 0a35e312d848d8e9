"""The command line ``jointgate``."""

from gateway.cli.commands import main

__all__ = ["main"]
