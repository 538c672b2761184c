"""Redpanda, or any broker of Kafka's protocol, as a transport."""
