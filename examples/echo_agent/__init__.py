"""An agent that says everything back, on asyncio, on trio and inside FastAPI."""
