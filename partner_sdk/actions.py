"""What a partner can ask about: the actions of the domain, under the name partners import."""

from sanctions_matrix.actions import *  # noqa: F403 - one vocabulary; what it holds is written once, there
from sanctions_matrix.actions import __all__ as __all__  # noqa: PLC0414 - exported again on purpose
