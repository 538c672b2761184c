"""The operators of PDF's content streams, by what they do."""

SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
MOVING = frozenset({b"Td", b"TD", b"Tm", b"T*", b"BT"})
BUILDING = frozenset({b"re", b"m", b"l", b"c", b"v", b"y", b"h"})
FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
STROKING = frozenset({b"S", b"s", b"B", b"B*", b"b", b"b*"})
ENDING = FILLING | STROKING | {b"n"}
