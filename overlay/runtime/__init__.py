"""Drives any machine on trio: carries events in and effects out."""
