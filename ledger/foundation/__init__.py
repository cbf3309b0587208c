"""People, organisations, grants, policies, events: what every programme stands on."""
