"""``python -m gateway`` is ``jointgate``."""

from gateway.cli import main

raise SystemExit(main())
