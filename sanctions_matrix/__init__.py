"""The domain: documents, actions, measures, lists, rules, admission and evaluation.

Pure: no input or output, no clock, the standard library only.
Read in this order: `documents`, `actions`, `measures`, `lists`, `rules`, `pack`, `listing`, `admission`, `evaluation`.
"""
