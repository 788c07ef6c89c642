"""The desktop application: shows what `inference` finds, and never loads torch."""
