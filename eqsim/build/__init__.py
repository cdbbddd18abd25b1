"""Sources to artefacts: compilers, and the cache of what they made."""
