"""Words that ask for nothing."""

from __future__ import annotations

import re


def asks(text: str) -> bool:
    """Whether any word of the text could say what should be different.

    >>> asks("hello there"), asks("the same please"), asks("the same in navy")
    (False, False, True)
    """
    return any(word not in IDLE for word in re.findall(r"[^\W_]+", re.sub("['’]", "", text.lower())))


IDLE = frozenset(
    word
    for line in (
        "hello hi hey hiya howdy good morning afternoon evening day greetings yo ok okay yes no yeah yep nope well",
        "hmm um oh please thanks thank cheers sorry bye goodbye welcome a an the this that these those it its they",
        "them one ones thing things product products item items something anything i id im ive me my mine we us our",
        "you your he she his her is are was were be been am do does did have has had having got get give show find",
        "see look looking search want wants wanted would could should can may might will shall like likes love loves",
        "need needs prefer make made same similar alike exact exactly just only really very so too also but and or if",
        "of to for in on at with as than there here what which how when where why who test testing",
    )
    for word in line.split()
)
"""Words that no change is asked with."""
