"""From untrusted bytes to text. `process.ProcessExtractor` is the door; everything that parses runs behind `child`.

Nothing is imported here: the child starts with this package, and what it loads is paid for by every document.
"""
