"""WebSockets: one small protocol, an engine for each event loop, and the same behaviour on both."""
