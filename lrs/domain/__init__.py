"""The rules of xAPI as pure functions: no Flask, database, clock or randomness."""
