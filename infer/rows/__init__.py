"""What each row of a page shows: strips, cut along the grid, and read column by column."""
