"""Who interacts with whom: one graph from a list of acts, and what is measured on it."""
