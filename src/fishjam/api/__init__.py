"""Older home of the REST client; use `fishjam`."""
