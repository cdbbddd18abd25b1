"""The state of what users make: variables, how they are read, set and linked."""
