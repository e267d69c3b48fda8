"""A conference composed into one picture, streamed to a livestream and recorded."""
