"""A webhook receiver with Django."""
