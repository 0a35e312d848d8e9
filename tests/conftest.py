"""What all tests share.

Responsible for fixtures that more than one folder of tests needs.
Not responsible for fakes, which are ordinary classes under tests/fakes.
A test asks for what it needs by name; nothing here acts on a test that did not ask.
"""
