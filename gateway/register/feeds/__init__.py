"""Feeds: the formats in which listings arrive, and their public names."""

from gateway.register.feeds.feed import Feed, FeedHeader, FeedMode, FeedRow
from gateway.register.feeds.opening import FeedFormat, FeedSource, format_of, open_feed
from gateway.register.feeds.synthetic import SyntheticFeed

__all__ = [
    "Feed",
    "FeedFormat",
    "FeedHeader",
    "FeedMode",
    "FeedRow",
    "FeedSource",
    "SyntheticFeed",
    "format_of",
    "open_feed",
]
