"""eqsim."""
