"""Time until something happens, part of it not yet seen: curves, comparison and regression."""
