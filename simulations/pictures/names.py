"""What a report can hold, by name: known without the libraries that draw it."""

OF_ONE_RUN = ("graph", "delivery", "agreement", "timeline")
OF_MANY_RUNS = ("copies", "reliability", "convergence")
