"""``jointgate demo``: a whole site on one machine, and partners who ask it."""

from gateway.demo.playing import play

__all__ = ["play"]
