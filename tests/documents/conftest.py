"""The tutorial's own code is no module of tests: a test runs it, cell by cell."""

collect_ignore = ["part_3.py"]
