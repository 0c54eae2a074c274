"""The question: its wording, its schema, the glossary's rows, and the key under which its answer is kept."""
