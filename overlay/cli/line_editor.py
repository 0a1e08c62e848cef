"""One line being typed: keys go in as bytes, finished lines come out. Knows no terminal."""

import codecs
import re
from typing import Final

from rich.cells import cell_len

END_OF_INPUT: Final = "\x04"
_HISTORY_MAX: Final = 200
"""Lines of one chat that the arrow keys bring back."""

_ESCAPE: Final = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O.|[^\[O])")
_BEGUN_ESCAPE: Final = re.compile(r"\x1b(\[[0-9;?]*[ -/]*|O)?$")


class LineEditor:
    """Edits as a shell's line does: arrows, Home, End, Ctrl-A, E, U, K, W, Backspace, Delete."""

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self.is_over = False
        """Whether Ctrl-D ended an empty line."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""
        self._history: list[str] = []
        self._place = 0

    def feed(self, keys: bytes) -> list[str]:
        """Take keys; returns the lines that they finish. What comes after the end is dropped."""
        typed, lines = self._begun + self._decoder.decode(keys), list[str]()
        self._begun = ""
        while typed and not self.is_over:
            key, typed = self._next_key(typed)
            if key in ("\r", "\n"):
                lines.append(self._finish())
            elif key == END_OF_INPUT and not self.text:
                self.is_over = True
            else:
                self._press(key)
        return lines

    def view(self, prompt: str, columns: int) -> str:
        """What to write, from the first column of an empty line on, to show prompt and text.

        Of a text too long for `columns` the part around the cursor is shown.
        """
        room = max(columns - cell_len(prompt) - 1, 8)
        before = self.text[: self.cursor]
        while cell_len(before) > room:
            before = before[1:]
        after = self.text[self.cursor :]
        while cell_len(before + after) > room:
            after = after[:-1]
        back = cell_len(after)
        return f"{prompt}{before}{after}" + (f"\x1b[{back}D" if back else "")

    def _next_key(self, typed: str) -> tuple[str, str]:
        if typed[0] != "\x1b":
            return typed[0], typed[1:]
        whole = _ESCAPE.match(typed)
        if whole is not None:
            return whole[0].replace("\x1bO", "\x1b["), typed[whole.end() :]
        if _BEGUN_ESCAPE.match(typed):
            self._begun = typed
        return "", ""

    def _press(self, key: str) -> None:
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        match key:
            case "\x7f" | "\x08":
                self._set(before[:-1], after)
            case "\x1b[3~" | "\x04":
                self._set(before, after[1:])
            case "\x15":
                self._set("", after)
            case "\x0b":
                self._set(before, "")
            case "\x17":
                self._set(re.sub(r"\S*\s*$", "", before), after)
            case "\x01" | "\x1b[H" | "\x1b[1~":
                self.cursor = 0
            case "\x05" | "\x1b[F" | "\x1b[4~":
                self.cursor = len(self.text)
            case "\x1b[D":
                self.cursor = max(self.cursor - 1, 0)
            case "\x1b[C":
                self.cursor = min(self.cursor + 1, len(self.text))
            case "\x1b[A":
                self._recall(self._place - 1)
            case "\x1b[B":
                self._recall(self._place + 1)
            case _ if key.isprintable():
                self._set(before + key, after)
            case _:
                pass

    def _set(self, before: str, after: str) -> None:
        self.text, self.cursor = before + after, len(before)

    def _finish(self) -> str:
        line = self.text
        if line.strip() and self._history[-1:] != [line]:
            self._history = [*self._history, line][-_HISTORY_MAX:]
        self._place = len(self._history)
        self._set("", "")
        return line

    def _recall(self, place: int) -> None:
        if 0 <= place <= len(self._history):
            self._place = place
            self._set(self._history[place] if place < len(self._history) else "", "")
