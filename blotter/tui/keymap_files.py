"""Key maps as files: the shipped ones beside this module, a person's own in `keymaps` beside the config.

A key map that cannot be used in full is not used at all, and ends the start: half a map would leave a hand on keys that
do something else. What is wrong names file, action and rule.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

from blotter.tui.keymap import check_keymap

SHIPPED: Final = Path(__file__).parent / "keymaps"


class KeymapError(Exception):
    """The key map cannot be used; the text has a line for each reason, with file, action and rule."""


def names(folder: Path | None = None) -> list[str]:
    """The key maps there are: the shipped ones, and those in a person's own folder."""
    found = {path.stem for path in SHIPPED.glob("*.toml")}
    if folder is not None and folder.is_dir():
        found |= {path.stem for path in folder.glob("*.toml")}
    return sorted(found)


def load_keymap(name: str, folder: Path | None = None) -> dict[str, str]:
    """A key map by name, checked: action id -> keys separated by commas. Raises `KeymapError`."""
    own = folder / f"{name}.toml" if folder is not None else None
    path = SHIPPED / f"{name}.toml"
    if own is not None and own.is_file():
        if path.is_file():
            raise KeymapError(f"{own}: {name!r} is the name of a shipped key map; name yours otherwise")
        path = own
    if name not in names(folder):
        raise KeymapError(f'screen.keymap = "{name}" is not a key map; there are {", ".join(names(folder))}')
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeymapError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KeymapError(f"{path}: not TOML: {error}") from None
    mapping, problems = _read(data)
    if not problems:
        problems = check_keymap(mapping)
    if problems:
        raise KeymapError("\n".join(f"{path}: {problem}" for problem in problems))
    return mapping


def _read(data: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    mapping: dict[str, str] = {}
    problems: list[str] = []
    for scope, table in data.items():
        if not isinstance(table, dict):
            problems.append(f'{scope}: not a table such as [orders] with lines such as cancel = ["x"]')
            continue
        for name, keys in table.items():
            if not isinstance(keys, list) or not all(isinstance(key, str) and key.strip() for key in keys):
                problems.append(f'{scope}.{name}: {keys!r} is not a list of keys such as ["x", "delete"]')
            elif any("," in key for key in keys):
                problems.append(f"{scope}.{name}: {keys!r}: one key a text, and , is called comma")
            else:
                mapping[f"{scope}.{name}"] = ",".join(keys)
    return mapping, problems
