"""Tables that people keep in files: their cells, rows and kinds of files, read strictly."""
