"""Readers of the public data sets, one file per layout, each giving `LabelledCase` rows."""
