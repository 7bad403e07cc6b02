"""Which records are asked about: switches and sentences to conditions, conditions to expressions.

    switches --chosen--> Condition        'src in DE and dport 22' --understood--> Query
    Condition, All, AnyOf, Not --expression--> a Boolean column          --sentence--> what a person reads"""

from varde.query.filters.completion import Suggestion, suggestions
from varde.query.filters.condition import All, AnyOf, Condition, Node, Not, expression, sentence
from varde.query.filters.language import FilterError, Query, understood
from varde.query.filters.switches import chosen
from varde.query.filters.values import LoadSet

__all__ = ["All", "AnyOf", "Condition", "FilterError", "LoadSet", "Node", "Not", "Query", "Suggestion", "chosen", "expression", "sentence", "suggestions", "understood"]
