"""Every protocol message as a frozen value, a file per chapter of docs/protocol.md."""
