"""The agent's parts: connecting, the session and its inbox, tracks and their pace, images."""
