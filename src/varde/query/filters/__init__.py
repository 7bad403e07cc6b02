"""Which records are asked about: switches and sentences to conditions, conditions to expressions.

    switches --chosen--> Condition        'src in DE and dport 22' --understood--> Query
    Condition, All, AnyOf, Not --expression--> a Boolean column          --sentence--> what a person reads"""

from varde.query.filters.condition import All, AnyOf, Condition, Node, Not, expression, sentence
from varde.query.filters.language import Query, understood
from varde.query.filters.switches import chosen
from varde.query.filters.values import LoadSet

__all__ = ["All", "AnyOf", "Condition", "LoadSet", "Node", "Not", "Query", "chosen", "expression", "sentence", "understood"]
