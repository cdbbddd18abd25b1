"""Programs to NumPy calls: the reference that the other targets are tested against."""
