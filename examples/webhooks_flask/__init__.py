"""A webhook receiver with Flask."""
