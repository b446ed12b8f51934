"""An AWS stand-in for tests and the demo: one address in front of ministack and moto, mended."""
