"""A stage and an audience: the backend decides which tracks each peer receives."""
