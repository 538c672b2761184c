"""Redis Streams as a transport, for those who run Redis anyway."""
