"""Many seeds of a scenario, played on processes of this machine or of a cluster."""
