"""A district with a year of history, for `gongzhang demo`.

It is planned first (what happens on which day; pure), then built through the public functions.
"""
