"""Plain data structures that know no protocol: every bound comes in as an argument."""
