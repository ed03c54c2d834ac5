"""What a piece of text consists of."""

import re
from collections import Counter

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE = re.compile(r"[^.!?]*\w[^.!?]*[.!?]*")
# Too usual to say anything about a text.
USUAL = frozenset("a an and are as at be by for from in is it of on or that the this to was were with".split())


def report(text):
    """One line about the text, and how often each of its telling words is there."""
    words = [word.lower() for word in WORD.findall(text)]
    sentences = len(SENTENCE.findall(text))
    line = f"{len(words)} words in {sentences} {'sentence' if sentences == 1 else 'sentences'}"
    return line, Counter(word for word in words if word not in USUAL)
