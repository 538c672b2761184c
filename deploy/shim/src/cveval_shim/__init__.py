"""The shim: relay and consumer around a broker."""
