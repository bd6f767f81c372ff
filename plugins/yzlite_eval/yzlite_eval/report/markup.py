"""HTML by construction: what is not markup already is escaped.

A template language would be one more dependency for one page, and would leave the escaping to its
author's care; here it cannot be forgotten.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import Any

_VOID = frozenset({"br", "col", "img"})


class Markup(str):
    """A piece of HTML that is to stand in a page as it is."""

    __slots__ = ()


def tag(name: str, *children: Any, **attributes: Any) -> Markup:
    """Return an element.

    Args:
        name: Its name.
        *children: Markup, other values (escaped), None (left out), or iterables of them.
        **attributes: `class_` stands for `class`, and other underscores for hyphens; None and False leave
            an attribute out, True gives it no value.
    """
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{opening}>" if name in _VOID else f"<{opening}>{join(*children)}</{name}>")


def join(*children: Any) -> Markup:
    """Return the children one after another, escaped unless they are markup."""
    parts = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            parts.append(str(child))
        elif isinstance(child, Iterable) and not isinstance(child, str):
            parts.append(join(*child))
        else:
            parts.append(escape(str(child), quote=False))
    return Markup("".join(parts))


def data_uri(content: bytes, mime: str) -> str:
    """Return content as an address that holds it."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _attribute(key: str, value: Any) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
