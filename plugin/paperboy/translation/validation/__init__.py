"""The checks that an answer has to pass before it is published."""
