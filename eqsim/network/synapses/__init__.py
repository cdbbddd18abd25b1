"""Synapses: who is connected to whom, with what state, and what spikes do to it."""
