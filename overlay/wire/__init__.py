"""Bytes to messages and back: strict schemas, the frame codec, the texts that are signed."""
