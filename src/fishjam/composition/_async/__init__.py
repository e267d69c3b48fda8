"""The methods of the composition client by subject, and the client made of them."""
