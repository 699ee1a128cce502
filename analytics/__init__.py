"""Statements become measures."""
