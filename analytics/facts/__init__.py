"""Statements → monthly Parquet facts, and the way to read them."""

from analytics.facts.engine import Engine
from analytics.facts.people import EachForItself, People, Post
from analytics.facts.projection import Knowledge
from analytics.facts.refreshing import Options, Refreshed, refresh

__all__ = [
    "EachForItself",
    "Engine",
    "Knowledge",
    "Options",
    "People",
    "Post",
    "Refreshed",
    "refresh",
]
