"""Moments in English: by the clock of 24 hours, so that no sentence ends in two points after "p.m."."""

DATETIME_FORMAT = "N j, Y H:i"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
