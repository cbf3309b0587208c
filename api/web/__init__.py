"""Pages: handlers by audience, rendered on the server, useful without JavaScript."""
