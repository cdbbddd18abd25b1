"""A network to a program and the memory that it runs on."""
