"""The description of the service as one page without scripts: reading rooms are offline."""

from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}code{background:#eee;padding:0 .2rem}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
)


def plain_page(schema: dict[str, Any]) -> str:
    """A page for people.

    Args:
        schema: The OpenAPI description.
    """
    info = schema["info"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>Kindred {escape(info['version'])}</title><style>{_STYLE}</style>",
        f"<h1>Kindred {escape(info['version'])}</h1><p><strong>{escape(info['description'])}",
        "</strong></p><p>For programs: <a href=/openapi.json>openapi.json</a>. Except for "
        "<code>/health</code>, requests show the token of the service's token file: "
        "<code>Authorization: Bearer TOKEN</code>.</p>",
    ]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2>")
            parts.append(f"<p>{escape(operation.get('description', ''))}</p>")
            parts += _parameters(operation)
            parts += _table(
                ("answer", "meaning"),
                [(code, one["description"]) for code, one in operation["responses"].items()],
            )
    return "\n".join(parts)


def _parameters(operation: dict[str, Any]) -> list[str]:
    rows = [
        (one["name"], one.get("description") or one["schema"].get("description", ""))
        for one in operation.get("parameters", [])
    ]
    kinds = ", ".join(operation.get("requestBody", {}).get("content", {}))
    if kinds:
        rows.append(("body", f"The radiograph: {kinds}."))
    return _table(("parameter", "meaning"), rows) if rows else []


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    cells = [f"<tr><td><code>{escape(one)}</code><td>{escape(two)}" for one, two in rows]
    return [f"<table><tr><th>{head[0]}<th>{head[1]}", *cells, "</table>"]
