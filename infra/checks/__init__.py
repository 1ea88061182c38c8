"""What template.yaml has to keep to: linters of others, and rules of our own.

A check takes a `Template` and yields findings; it knows nothing of files or of how findings are shown. Whether the template agrees with
the code (names of variables, keys of tables, programs) is checked beside the code, in tests/it/template.
"""
