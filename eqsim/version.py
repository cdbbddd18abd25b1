"""The version of eqsim."""

__version__ = "0.1.0"
