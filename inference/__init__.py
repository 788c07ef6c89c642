"""From a file on disk to findings, similar cases and saliency maps; no Qt, no torch."""
