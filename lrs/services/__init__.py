"""Use cases: what the API, the pages, integrations and the command line ask for."""
