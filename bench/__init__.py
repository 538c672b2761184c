"""Benchmarks: `python -m bench [names…] [--quick]`."""
