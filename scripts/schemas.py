"""Write the JSON Schemas of the contributors' files anew, after a change to the structs that they are made of.

python scripts/schemas.py
"""

from __future__ import annotations

from pathlib import Path

import paperboy.contributions
from paperboy.contributions import json_schema


def main() -> None:
    """Write them."""
    folder = Path(paperboy.contributions.__file__).parent / json_schema.FOLDER
    folder.mkdir(exist_ok=True)
    for name, content in json_schema.generate().items():
        (folder / name).write_bytes(content)
        print(folder / name)


if __name__ == "__main__":
    main()
