"""One small file per system; the folder is the registry."""
