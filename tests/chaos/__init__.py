"""Proof under faults: everything is killed, paused and cut off under load, and then every accepted job is looked up.

`world` starts real servers and programs, `faults` says what happens to them and in which order, `client` keeps the list of what
was accepted, `certificate` judges. Run it: `python -m tests.chaos --help`.
"""
