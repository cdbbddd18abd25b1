"""Neurons and synapses of the literature, as equations with parameters, units and a source."""
