"""Lengths, angles, ratios and regions, drawn on a radiograph."""
