"""``jointgate serve``: the gateway."""

import argparse
import logging
import sys

_EPILOG = """\
examples:
  jointgate serve
  JOINTGATE_LISTEN=127.0.0.1:9443 jointgate serve

The gateway answers while the publisher keeps its lease alive: run 'jointgate publish --watch' beside it.
SIGTERM and SIGINT let calls in flight finish and end with exit status 0.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``serve``."""
    parser = commands.add_parser(
        "serve",
        help="answer partners",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; returns 0 after a clean drain."""
    from gateway.config import load_settings
    from gateway.embedded_redis import redis_server
    from gateway.supervisor import supervise

    settings = load_settings(arguments.config)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(processName)s %(levelname)s %(message)s"
    )

    def announce(address: str) -> None:
        guard = (
            "PLAINTEXT" if settings.gateway.insecure_plaintext else "TLS with client certificates"
        )
        sys.stdout.write(
            f"jointgate answers on {address}, {guard}, {settings.gateway.workers} workers\n"
        )
        sys.stdout.flush()

    with redis_server(settings.redis.url, settings.root / "redis") as url:
        supervise(settings, url, announce)
    return 0
