"""The edge: HTTP for machines (/v1) and pages for people."""
