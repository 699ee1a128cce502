"""`lrs analyse KIND FILE`: the estimators of the jobs on a plain table: a number, rerun by hand."""
