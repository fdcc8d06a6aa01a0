"""The columnar engine: a Ruleset over columns of a national year, equal to the reference interpreter on everything."""

from isfdsl.columnar import machine_code

machine_code.prepare()
