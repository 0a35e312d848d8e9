"""``jointgate init``: a new site."""

import argparse
import json
import sys
from pathlib import Path

from gateway.errors import CommandError
from gateway.packs import PACK_IDS

_EPILOG = """\
examples:
  jointgate init site
  jointgate init sanctions --pack us-ofac-sdn --listen 127.0.0.1:9443

The folder holds private keys; only you may read them. The keys of the TUF root are in there too, for development:
for anything else keep them offline (docs/operations.md).
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``init``."""
    parser = commands.add_parser(
        "init",
        help="make a new site: keys, TUF root, partners, settings",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="the site's folder; a new one")
    parser.add_argument(
        "--pack",
        choices=PACK_IDS,
        default=PACK_IDS[0],
        help="the policy pack (default: %(default)s)",
    )
    parser.add_argument(
        "--listen", default="127.0.0.1:8443", help="the gateway's address (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the site, or say that it is there already; returns 0."""
    from gateway.clock import system_clock
    from gateway.config import load_settings, split_address
    from gateway.site import SAMPLE_PARTNERS, SitePlan, create_site

    folder: Path = arguments.folder
    try:
        split_address(arguments.listen)
    except ValueError as error:
        raise CommandError(str(error), exit_code=2) from error
    created = not (folder / "jointgate.toml").exists()
    if created:
        create_site(
            folder, SitePlan(pack=arguments.pack, listen=arguments.listen), now=system_clock()
        )
    settings = load_settings(folder / "jointgate.toml", environ={})
    if settings.pack_id != arguments.pack:
        message = f"{folder} is a site with the pack {settings.pack_id}; choose another folder for {arguments.pack}"
        raise CommandError(message)
    partners = [partner.id for partner in SAMPLE_PARTNERS]
    if arguments.json:
        report = {
            "site": str(folder),
            "created": created,
            "pack": settings.pack_id,
            "partners": partners,
        }
        sys.stdout.write(json.dumps(report) + "\n")
        return 0
    state = "is ready" if created else "was there already; nothing changed"
    sys.stdout.write(
        f"{folder} {state}\n"
        f"  pack      {settings.pack_id}\n"
        f"  partners  {', '.join(partners)} (their identities are in {folder / 'partners'})\n"
        f"  next      export JOINTGATE_CONFIG={folder / 'jointgate.toml'}\n"
    )
    return 0
