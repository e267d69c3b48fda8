"""The REST clients: written once, async; the sync twin beside it is generated."""
