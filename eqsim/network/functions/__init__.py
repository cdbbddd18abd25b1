"""Functions and arrays over time that users give to equations."""
