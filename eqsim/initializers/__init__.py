"""Values to begin with: constants and random ones, with units."""
