"""One suite for both engines: whatever a server does, they behave the same."""
