"""Currents and events that drive models, as arrays with units over time."""
