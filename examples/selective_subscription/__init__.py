"""A stage and an audience: who receives what is for the backend to say."""
