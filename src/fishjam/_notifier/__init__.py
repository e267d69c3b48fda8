"""The notifier's parts: one connection, reconnecting, the inbox between, and the handlers."""
