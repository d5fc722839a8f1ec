"""Pages about audiences: the segments, one of them, and the builder."""
