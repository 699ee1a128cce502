"""This project's xAPI profile: what integrations emit, told to machines."""
