"""From something that can run to results: the engine, the loop over time, standalone results."""
