"""What holds for the source as a whole: sizes, first lines, bounds, contracts, cited sections."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = ROOT / "docs" / "protocol.md"
POLLING = ROOT / "tests" / "end_to_end" / "waiting.py"
BENCHMARKS = ROOT / "tests" / "benchmarks"
LIMITS = sorted(
    path for path in (ROOT / "overlay" / "limits").glob("*.py") if path.stem != "__init__"
)

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
GENERATED = {"node_modules", "dist", "__pycache__"}
PURE = ("core", "client", "peering", "wire", "crypto", "messages", "structures")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources(*tops: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """All files of ours below these folders of the project, in a fixed order."""
    found = (path for top in tops for path in (ROOT / top).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in found if not GENERATED & set(path.parts))


PYTHON = sources("overlay", "simulations", "tests")
TYPESCRIPT = sources("overlay/web", suffixes=(".ts", ".tsx"))
TESTS = sources("tests")
DETERMINISTIC = sources(*(f"overlay/{package}" for package in PURE), "simulations")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if isinstance(node, ast.stmt | ast.expr) else ""
    return f"{path.relative_to(ROOT)}{line}"


# Sizes


def test_no_module_is_longer_than_its_limit() -> None:
    modules = (*PYTHON, *TYPESCRIPT)
    lengths = {place(path): len(path.read_text("utf-8").splitlines()) for path in modules}

    too_long = {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX}

    assert too_long == {}, too_long


def test_no_function_is_longer_than_its_limit() -> None:
    too_long = [
        f"{place(path, node)} {node.name}"
        for path in PYTHON
        for node in ast.walk(parsed(path))
        if isinstance(node, FUNCTIONS)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]

    assert too_long == [], too_long


# Words


def test_the_first_line_of_every_module_says_what_it_owns() -> None:
    silent = [place(path) for path in PYTHON if not begins_with_a_docstring(parsed(path))]

    assert silent == [], silent


def begins_with_a_docstring(module: ast.Module) -> bool:
    return ast.get_docstring(module) is not None and module.body[0].lineno == 1


@pytest.mark.parametrize("path", LIMITS, ids=lambda path: path.stem)
def test_every_bound_gives_its_reason(path: Path) -> None:
    module, lines = parsed(path), path.read_text("utf-8").splitlines()

    bare = [name for name, node, after in bounds(module) if not gives_a_reason(node, after, lines)]

    assert list(bounds(module)) != []
    assert bare == [], bare


def bounds(module: ast.Module) -> Iterator[tuple[str, ast.stmt, ast.stmt | None]]:
    """Each constant of a module with its name and the statement that follows."""
    for node, after in zip(module.body, [*module.body[1:], None], strict=True):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node, after
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, node, after
            case _:
                pass


def gives_a_reason(node: ast.stmt, after: ast.stmt | None, lines: list[str]) -> bool:
    """A docstring below, a comment right above or one at the end of its line."""
    match after:
        case ast.Expr(value=ast.Constant(value=str(text))) if text.strip():
            return True
        case _:
            pass
    above = lines[node.lineno - 2] if node.lineno > 1 else ""
    return above.startswith("#") or "  # " in lines[(node.end_lineno or node.lineno) - 1]


# Determinism


def test_no_test_sleeps() -> None:
    """Waiting for a time is a guess: a test waits for what it needs to have happened.

    One place asks other processes again and again, which tell nothing unasked;
    benchmarks pace themselves.
    """
    sleeping = [
        place(path, node)
        for path in TESTS
        if path != POLLING and BENCHMARKS not in path.parents
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call | ast.ImportFrom) and sleeps(node)
    ]

    assert sleeping == [], sleeping


def sleeps(node: ast.Call | ast.ImportFrom) -> bool:
    """Anything called sleep but a checkpoint, and what the browser driver offers instead."""
    sleepers = ("sleep", "sleep_until", "wait_for_timeout")
    match node:
        case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
            return False
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in sleepers
        case ast.ImportFrom(module="time" | "trio" | "asyncio", names=names):
            return any(name.name in sleepers for name in names)
        case _:
            return False


def test_nothing_deterministic_loops_over_a_set() -> None:
    """The order of a set of texts changes with the hash seed, that of a dict does not."""
    looping = [
        place(path, node) for path in DETERMINISTIC for node in loops_over_sets(parsed(path))
    ]

    assert looping == [], looping


def loops_over_sets(module: ast.Module) -> Iterator[ast.expr]:
    """What is iterated, by a loop or by a call that keeps the order, and is a set."""
    known = set_names(module)
    for node in ast.walk(module):
        match node:
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                candidates = [iterated]
            case ast.comprehension(iter=iterated):
                candidates = [iterated]
            case ast.Call(func=ast.Name(id="list" | "tuple" | "iter" | "enumerate"), args=args):
                candidates = args[:1]
            case ast.Starred(value=value):
                candidates = [value]
            case _:
                continue
        yield from (each for each in candidates if is_set(each, known))


def is_set(expression: ast.expr, known: frozenset[str]) -> bool:
    match expression:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return is_set(left, known)
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name in known
        case _:
            return False


def set_names(module: ast.Module) -> frozenset[str]:
    """Names that the module annotates as sets, as variables, parameters or attributes."""
    names: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                pass
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation):
                pass
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                pass
            case _:
                continue
        if re.match(r"(set|frozenset|AbstractSet)\b", ast.unparse(annotation)):
            names.add(name)
    return frozenset(names)


def test_nothing_pure_reads_a_clock_or_changes_a_global() -> None:
    impure = [
        place(path, node)
        for path in sources(*(f"overlay/{package}" for package in PURE))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Global) and is_impure(node)
    ]

    assert impure == [], impure


def is_impure(node: ast.Import | ast.ImportFrom | ast.Global) -> bool:
    clocks = ("time", "datetime")
    match node:
        case ast.Global():
            return True
        case ast.Import(names=names):
            return any(name.name in clocks for name in names)
        case ast.ImportFrom(module=module):
            return module in clocks


# Contracts


def test_every_import_keeps_its_contract() -> None:
    linter = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linter.returncode == 0, linter.stdout + linter.stderr


def test_no_lock_file_carries_a_download_address() -> None:
    python = [path.read_text("utf-8") for path in (ROOT / "requirements").glob("*.txt")]
    page = (ROOT / "overlay" / "web" / "package-lock.json").read_text("utf-8")

    assert len(python) > 0
    assert not any(re.search(r"://|^\s*--(?!hash=)", text, re.MULTILINE) for text in python)
    assert '"resolved"' not in page


# Documents


@pytest.mark.skipif(not PROTOCOL.exists(), reason="docs/protocol.md is not written yet")
def test_every_section_of_the_protocol_is_cited_by_a_test() -> None:
    cited = {number for path in TESTS for number in citations(path.read_text("utf-8"))}

    missing = [
        number for number in built_sections(PROTOCOL.read_text("utf-8")) if number not in cited
    ]

    assert missing == [], "cited by no test: " + ", ".join(missing)


def built_sections(protocol: str) -> list[str]:
    """The numbers of all sections that hold text of their own and are built.

    A chapter with numbered parts is cited through these. A section counts as
    not built if its heading or its first words say "not yet built"; one that
    merely mentions a missing part is cited for the rest.
    """
    chunks = re.split(r"^#{2,4} (?=\d)", protocol, flags=re.MULTILINE)[1:]
    found = []
    for chunk in chunks:
        heading, _, text = chunk.partition("\n")
        number = heading.split()[0].rstrip(".")
        unbuilt = "not yet built" in heading.lower() or re.match(
            r"\W*not yet built", text.strip(), re.IGNORECASE
        )
        if text.strip() and not unbuilt:
            found.append(number)
    return found


def citations(source: str) -> list[str]:
    """The section numbers in "docs/protocol.md, section 4.3" or "sections 4.3 and 5.1"."""
    flat = re.sub(r"\s+", " ", source)
    numbers = r"\d+(?:\.\d+)*"
    cited = re.findall(
        rf"docs/protocol\.md, sections? ({numbers}(?:(?:,| and|, and) {numbers})*)", flat
    )
    return [number for group in cited for number in re.findall(numbers, group)]
