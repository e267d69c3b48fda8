"""The generator: reads openapi/ and proto/, writes `_generated/` and the sync twins."""
