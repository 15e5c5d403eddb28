"""Stories of files with many shipments."""
