"""What runs look like: a camera, the figures and a timeline that are made of its films, a page."""
