"""A multimodal agent with Gemini Live: it hears, speaks, and sees the cameras of the room."""
