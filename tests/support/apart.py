"""The public modules whose packages are installed in sessions of their own alone."""

APART = frozenset({"fishjam.integrations.openai", "fishjam.integrations.pipecat"})
