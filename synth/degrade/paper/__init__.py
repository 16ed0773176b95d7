"""What print and paper suffer: stains, mould, water, rubbing, heat, and what people write on it."""
