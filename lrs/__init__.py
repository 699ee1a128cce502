"""The Learning Record Store: xAPI in, Statements out."""

__version__ = "0.1.0"
