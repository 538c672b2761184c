"""From untrusted bytes to text. `process.ProcessExtractor` is the door; everything that parses runs behind `fork_server`.

Nothing is imported here: the server starts with this package, and nothing that it does not need belongs into its readers.
"""
