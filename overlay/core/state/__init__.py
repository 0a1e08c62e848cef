"""What a node knows: data structures that know nothing of the stages, nor of each other."""
