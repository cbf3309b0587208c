"""A district with a year of history for `gongzhang demo`, planned first, then built through the public functions.

`plans` say what happens on which day and touch nothing; `builders` carry them out.
"""
