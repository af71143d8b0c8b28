"""Tools: how an author writes one, and how Baton finds and checks them."""
