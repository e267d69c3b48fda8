"""The client's methods by subject, and the client made of them."""
