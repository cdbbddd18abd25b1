"""The C++ target: a team of threads, in-process or as a standalone project."""
