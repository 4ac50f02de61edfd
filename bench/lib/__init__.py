"""What bench/run and bench/load share: building kernels, running engines, measuring, reporting."""
