"""The WebSocket side: sessions that read frames, and the connections that carry them."""
