"""What a syntax error says: a sentence per parser state, and the remedy of the slip.

``automaton`` asks the parser's table, ``book`` has the sentences (``*.txt``), ``trace`` finds the place, ``slips`` has
tables of habits, ``explain`` makes the problem. Nothing here runs while a text can be read.
"""
