"""A voice agent that VAPI runs, in a room with one person."""
