"""The program: what is executed, in terms that every target understands."""
