"""Deployment files: what cannot be run here is at least read."""
