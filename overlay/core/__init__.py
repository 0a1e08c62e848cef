"""THE NODE: events and the time go in, effects come out; nothing else enters or leaves."""
