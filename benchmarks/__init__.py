"""Measurements and outside suites, run against `lrs serve`. Each prints what it found."""
