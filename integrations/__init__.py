"""Social tools and LMSs: their deliveries become Statements."""
