"""The two networks: what they look at, what they see, and who runs them."""
