"""Shape and bounds of everything on the wire, a file per chapter; dataclasses come out."""
