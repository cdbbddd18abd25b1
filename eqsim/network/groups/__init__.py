"""Groups of neurons, random and given input, code at regular times."""
