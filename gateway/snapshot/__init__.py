"""Snapshots: compiling them from the register, publishing them through TUF and Redis, following and storing them."""
