"""The xAPI profile of this project: what integrations emit, told to machines."""
