"""What spikes and signals say: rates, synchrony, variability, spectra."""
