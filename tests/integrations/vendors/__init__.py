"""Servers that speak the protocols of vendors, for harvesters to be tried on."""
