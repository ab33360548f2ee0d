"""The local engine: rigid-body docking by FFT correlation."""
