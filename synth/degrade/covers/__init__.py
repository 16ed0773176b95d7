"""What covers paper or is cut out of it: what lies under is hidden."""
