"""Links as bytes: WebSocket and HTTP on one TCP port. Knows nothing of the protocol above."""
