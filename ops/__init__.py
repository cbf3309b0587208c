"""Composition root: the command line, the embedded server, logging and deployment."""
