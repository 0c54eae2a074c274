"""Plain data and the rules of the field, without input or output."""
