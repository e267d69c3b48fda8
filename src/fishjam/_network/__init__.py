"""What REST calls and WebSockets share on their way to a server: host names and TLS settings."""
