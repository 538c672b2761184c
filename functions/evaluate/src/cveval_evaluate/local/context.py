"""Does a sentence tell something, or is it a list of words or a heading?"""

from cveval_evaluate.local.achievements import has_action, has_function_words
from cveval_evaluate.local.text import Sentence, is_list

FEWEST_WORDS = 6
FEWEST_WITH_ACTION = 4


def is_context(sentence: Sentence) -> bool:
    """Six words of which a tenth are function words, or four with a verb of action.

    Six, since shorter pieces of a text that was copied cannot be recognised as such. A list within it makes it one.
    """
    if is_list(sentence):
        return False
    if len(sentence.words) < FEWEST_WORDS:
        return len(sentence.words) >= FEWEST_WITH_ACTION and has_action(sentence)
    return has_function_words(sentence)
