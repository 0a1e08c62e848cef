"""What both ends of a link do, without I/O: handshake, batches, records, credits."""
