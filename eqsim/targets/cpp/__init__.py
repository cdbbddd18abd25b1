"""The C++ target: OpenMP, in-process or as a standalone project."""
