"""Dynamics of few variables: phase planes, fixed points and bifurcations."""
