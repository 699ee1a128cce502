"""How each kind of system is harvested, one file each; the folder is the registry."""
