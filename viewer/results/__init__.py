"""The similar cases: shown, filtered, judged, pinned, summed up."""
