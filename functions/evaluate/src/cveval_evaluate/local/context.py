"""Does a sentence tell something, or is it a list of words or a heading?"""

import re

from cveval_evaluate.local.achievements import has_action
from cveval_evaluate.local.text import Sentence

FEWEST_WORDS = 6
FEWEST_WITH_ACTION = 4
FEWEST_FUNCTION_WORDS = 0.1
MOST_LISTED = 7
"""Items of one or two words after each other: more are a list, whatever stands before or after them."""
_LIST = re.compile(rf"(?:[^\s,]+(?: [^\s,]+)?, ){{{MOST_LISTED}}}")


def is_context(sentence: Sentence) -> bool:
    """Six words of which a tenth are function words, or four with a verb of action.

    Six, since shorter pieces of a text that was copied cannot be recognised as such. A list within it makes it one.
    """
    if is_list(sentence):
        return False
    if len(sentence.words) < FEWEST_WORDS:
        return len(sentence.words) >= FEWEST_WITH_ACTION and has_action(sentence)
    return len(sentence.words) - len(sentence.content) >= FEWEST_FUNCTION_WORDS * len(sentence.words)


def is_list(sentence: Sentence) -> bool:
    """Does it list eight things and more, each in one word or two?"""
    return sentence.text.count(",") >= MOST_LISTED and bool(_LIST.search(sentence.text))
