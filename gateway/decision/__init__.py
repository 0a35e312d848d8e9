"""Deciding: partners, freshness, the standing of the snapshot, the verdict, and the tree over a batch of answers."""
