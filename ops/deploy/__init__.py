"""Files that put the service on a machine: container, units, roles, TLS."""
