"""The HTTP side: one module per Resource, handlers that read, call and answer."""
