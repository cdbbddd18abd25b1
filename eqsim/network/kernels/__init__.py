"""What writes the kernels of a program: names to reads, calls to functions, links to gathers."""
