"""Transfer estimators: pure functions over arrays (research/analytics.md §3)."""
