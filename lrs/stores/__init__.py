"""Where Statements, documents and records are kept: one port, two adapters."""
