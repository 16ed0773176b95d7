"""Pose, lens, sensor, scanner, copier, and the file."""
