"""What bends the sheet: its map and its light come from one relief."""
