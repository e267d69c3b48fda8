"""Older home of the events; use `fishjam.events`."""
