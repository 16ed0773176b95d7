"""What people add with pens, highlighters and stamps."""
