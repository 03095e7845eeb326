"""Whole pages: a dashboard with its variables, and the page that leads to all of them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from observability.preview.dashboard_file import DashboardFile
from observability.preview.render import Chosen, panels
from observability.preview.table_panel import DASHBOARD_LINK

HERE = Path(__file__).parent
Addresses = Mapping[str, str]
"""Where each dashboard's page is, by its uid."""


def dashboard_page(
    chosen: Chosen, boards: Sequence[DashboardFile], addresses: Addresses, theme: str, *, live: bool
) -> str:
    """A dashboard; `live` pages let their variables be changed, others say what they show."""

    def linked(address: str, text: str) -> str | None:
        match = DASHBOARD_LINK.search(address)
        if match is None or match["uid"] not in addresses:
            return None
        choice = urllib.parse.urlencode({f"var-{match['variable']}": text})
        return addresses[match["uid"]] + (f"?{choice}" if live else "")

    board, window = chosen.board, chosen.window
    start, end = (datetime.fromtimestamp(time, UTC) for time in (window.start, window.end))
    shown = f"{start:%d %b %H:%M} to {end:%d %b %H:%M} UTC"
    body = (
        f"{menu(boards, addresses, board.uid)}<header><h1>{escape(board.title)}</h1><p>{shown}</p></header>"
        f'<p class="lead">{escape(board.description)}</p>'
        f'{choices(chosen) if live else fixed(chosen)}<div class="grid">{panels(chosen, linked)}</div>'
    )
    return skeleton(board.title, body, theme)


def menu(boards: Sequence[DashboardFile], addresses: Addresses, here: str) -> str:
    """Links to all pages."""
    entries = [("index", "Start", addresses["index"]), *((b.uid, b.title, addresses[b.uid]) for b in boards)]
    links = "".join(
        f'<a class="{"here" if uid == here else ""}" href="{escape(address)}">{escape(title)}</a>'
        for uid, title, address in entries
    )
    return f'<nav>{links}<a id="theme" href="#">light / dark</a></nav>'


def choices(chosen: Chosen) -> str:
    """A form with the dashboard's variables and its length of time."""
    hours = (chosen.window.end - chosen.window.start) / 3600
    lengths = sorted({1.0, 3.0, 6.0, 12.0, 24.0, 72.0, 168.0, hours})
    fields = [
        f"<label>last<select name=hours>{''.join(option(f'{h:g}', f'{h:g} h', chosen=h == hours) for h in lengths)}"
        "</select></label>"
    ]
    for variable in chosen.board.variables:
        values = chosen.values[variable.name]
        entries = option("", "all", chosen=values is None) if variable.several else ""
        entries += "".join(option(v, v, chosen=v in (values or ())) for v in chosen.options[variable.name])
        name = f"var-{variable.name}"
        fields.append(f'<label>{escape(variable.label)}<select name="{escape(name)}">{entries}</select></label>')
    return f'<form class="choices">{"".join(fields)}<noscript><button>Show</button></noscript></form>'


def option(value: str, text: str, *, chosen: bool) -> str:
    """One entry of a list."""
    return f'<option value="{escape(value)}"{" selected" if chosen else ""}>{escape(text)}</option>'


def fixed(chosen: Chosen) -> str:
    """What is chosen, on a page where it can't be changed."""
    parts = [
        f"{escape(variable.label)}: {escape(', '.join(values))}" if values else f"{escape(variable.label)}: all"
        for variable in chosen.board.variables
        for values in [chosen.values[variable.name]]
    ]
    return f"<form>{''.join(f'<span>{part}</span>' for part in parts)}</form>"


def index_page(boards: Sequence[DashboardFile], addresses: Addresses, theme: str, alerts: str) -> str:
    """The page that leads to all dashboards, with the alerts that fired."""
    cards = "".join(
        f'<a href="{escape(addresses[b.uid])}"><strong>{escape(b.title)}</strong>{escape(b.description)}</a>'
        for b in boards
    )
    head = f"{menu(boards, addresses, 'index')}<header><h1>LLM platform</h1></header>"
    return skeleton("LLM platform", f'{head}<div class="cards">{cards}</div>{alerts}', theme)


def skeleton(title: str, body: str, theme: str) -> str:
    """A page that needs nothing but itself."""
    chosen = f' data-theme="{theme}"' if theme in ("light", "dark") else ""
    return (
        f'<!doctype html><html lang="en"{chosen}><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{(HERE / 'page.css').read_text()}</style><script>{(HERE / 'page.js').read_text()}</script></head>"
        f'<body><main>{body}</main><div id="tip"></div></body></html>\n'
    )
