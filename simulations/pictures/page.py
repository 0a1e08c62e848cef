"""The page: figures with their captions and the timeline, in one file that asks nobody for more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from simulations.pictures.drawing import (
    BLUE,
    DIM,
    FAINT,
    GREEN,
    GRID,
    INK,
    ORANGE,
    PAPER,
    PURPLE,
    RED,
    SKY,
    Picture,
)

ASSETS = Path(__file__).parent
SOURCES_OPEN_MAX = 3
"""More commands than this are folded away."""

_COLORS = {
    INK: "ink",
    FAINT: "faint",
    DIM: "dim",
    GRID: "grid",
    PAPER: "paper",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    RED: "red",
    PURPLE: "purple",
    SKY: "sky",
}
"""Which of the page's own stands in place of which of the figures'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on it."""

    title: str
    introduction: str
    command: str
    """The line that writes it again; figures are made by this with `--only`."""
    commit: str
    broken: tuple[str, ...]
    """What did not hold in the runs that it shows."""
    pictures: Sequence[Picture]
    timeline: str | None
    """As JSON."""
    is_of_trace: bool = False


def written(page: Page) -> str:
    """As HTML. The same for the same page."""
    timeline = script = ""
    if page.timeline is not None:
        timeline = _asset("timeline.html")
        script = (
            f'<script type="application/json" id="timeline-data">{page.timeline}</script>\n'
            f"<script>\n{_asset('timeline.js')}</script>"
        )
    return Template(_asset("page.html")).substitute(
        title=escape(page.title),
        introduction=_marked(page.introduction),
        verdict=_verdict(page.broken),
        contents=_contents(page),
        css=_asset("page.css"),
        timeline=timeline,
        figures="\n".join(_figure(picture, page) for picture in page.pictures),
        command=escape(page.command),
        commit=f" at commit {escape(page.commit)}" if page.commit else "",
        script=script,
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _verdict(broken: Sequence[str]) -> str:
    if not broken:
        return '<p class="verdict">Everything held in all of these runs.</p>'
    lines = escape("\n".join(broken))
    return f'<div class="verdict broken">Not everything held:<pre>{lines}</pre></div>'


def _contents(page: Page) -> str:
    places = [("timeline", "Step through it")] if page.timeline is not None else []
    places += [(picture.name, picture.title) for picture in page.pictures]
    items = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title in places)
    return f'<nav aria-label="On this page"><ul>{items}</ul></nav>'


def _figure(picture: Picture, page: Page) -> str:
    name, title = picture.name, escape(picture.title)
    only = page.command if page.is_of_trace else f"{page.command} --only {name}"
    return (
        f'<figure id="{name}"><h2>{title}</h2>\n'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">\n'
        f"{inline(picture)}</div>\n"
        f"<figcaption><p>{_marked(picture.caption)}</p>\n"
        f'<p>Made by <code>{escape(only)}</code>, as <a href="{name}.png">PNG</a> and'
        f' <a href="{name}.svg">SVG</a>.</p>\n'
        f"{_sources(picture.sources)}</figcaption></figure>"
    )


def _sources(sources: Sequence[str]) -> str:
    items = "".join(f"<li><code>{escape(source)}</code></li>" for source in sources)
    state = " open" if len(sources) <= SOURCES_OPEN_MAX else ""
    runs = "Have its run again" if len(sources) == 1 else f"Have its {len(sources)} runs again"
    return f"<details{state}><summary>{runs}</summary><ul>{items}</ul></details>"


def _marked(text: str) -> str:
    """What stands between backticks is code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text, quote=False))


def inline(picture: Picture) -> str:
    """The figure as an element of the page, in the page's own colours, light or dark."""
    text = picture.svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' (xmlns(:\w+)?|width|height|version)="[^"]*"', "", text, count=5)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{picture.name}-", text)
    for color, name in _COLORS.items():
        text = text.replace(color, f"var(--{name})")
    label = escape(picture.alternative)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def save(page: Page, directory: Path) -> Path:
    """Write the page and its figures beside it; returns where the page is. Raises OSError."""
    for picture in page.pictures:
        (directory / f"{picture.name}.svg").write_bytes(picture.svg)
        (directory / f"{picture.name}.png").write_bytes(picture.png)
    path = directory / "index.html"
    path.write_text(written(page), encoding="utf-8")
    return path
