"""Many runs of one model over parameters, seeds and inputs."""
