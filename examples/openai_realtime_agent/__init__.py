"""A voice agent with OpenAI's Realtime API."""
