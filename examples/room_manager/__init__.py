"""A room manager: finds or creates rooms by name and hands out the tokens to join them."""
