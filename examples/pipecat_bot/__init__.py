"""A bot of Pipecat in a Fishjam room."""
