"""Files of people and organisations: what is read, judged, written, and never written."""
