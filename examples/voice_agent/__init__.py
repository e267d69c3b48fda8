"""A voice agent that needs no key and no network."""
