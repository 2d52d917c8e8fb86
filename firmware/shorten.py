"""Shortens names that nobody outside can see, before the bundle is compiled. Runs on CPython.

A MicroPython heap holds each name of a program once, each .mpy file carries its own: a tenth of both.
Shortened are, to letters that all modules share:

    parameters           of functions, unless some call of ours names them
    private attributes   `_name` assigned on self, and nothing else: by our rules no other module touches them

Functions, classes and public names stay, so a trace reads as before. Names that could mean something else
nearby (globals, built-ins, text) stay as well, and so do private attributes that are only read, as asyncio's.
A class built on one of another module shares its object with it: their letters never meet.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from itertools import count

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class PrivateTouched(Exception):
    """A module uses a private attribute that another one assigns: shortened, the two would not meet."""


def keywords(trees: Iterable[ast.AST]) -> set[str]:
    """Names that some call passes by keyword: these parameters keep theirs."""
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    return {node.arg for node in calls if node.arg}


def private_attributes(tree: ast.AST) -> set[str]:
    """`_name` that is assigned on self, and is nothing else in this module."""
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in attributes if _is_assigned_on_self(node)} - _bound_names(tree)


def check(trees: "dict[str, ast.Module]") -> None:
    """Raises PrivateTouched if a module uses a private attribute of another's making."""
    owned = {module: private_attributes(tree) for module, tree in trees.items()}
    for module, tree in trees.items():
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for other, names in owned.items():
            touched = (used & names) - owned[module] - _bound_names(tree)
            if touched:
                raise PrivateTouched(f"{module} uses {', '.join(sorted(touched))} of {other}")


def attributes(trees: "dict[str, ast.Module]") -> dict[str, dict[str, str]]:
    """Module -> its private attributes' short names."""
    found: dict[str, dict[str, str]] = {}
    for module in trees:
        _name_attributes(trees, module, found)
    return found


def _name_attributes(
    trees: "dict[str, ast.Module]", module: str, found: dict[str, dict[str, str]]
) -> set[str]:
    """Names those of the module, after its ancestors'; all that its objects may carry."""
    inherited = {
        short for parent in _parents(trees, module) for short in _name_attributes(trees, parent, found)
    }
    used = {node.attr for node in ast.walk(trees[module]) if isinstance(node, ast.Attribute)}
    letters = _fresh("_", used | inherited)
    found[module] = dict(zip(sorted(private_attributes(trees[module])), letters, strict=False))
    return inherited | set(found[module].values())


def _parents(trees: "dict[str, ast.Module]", module: str) -> set[str]:
    """The modules whose classes those of this module are built on."""
    imported = {
        alias.asname or alias.name: node.module
        for node in ast.walk(trees[module])
        if isinstance(node, ast.ImportFrom) and node.module in trees
        for alias in node.names
    }
    classes = [node for node in ast.walk(trees[module]) if isinstance(node, ast.ClassDef)]
    bases = {base.id for node in classes for base in node.bases if isinstance(base, ast.Name)}
    return {imported[name] for name in bases & set(imported)}


def shorten(tree: ast.Module, kept: set[str], short: dict[str, str]) -> ast.Module:
    """The same program with short names, made in place; `kept` are the parameters that calls name, `short`
    are its private attributes' names (attributes)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            node.attr = short.get(node.attr, node.attr)
    kept = kept | _module_names(tree) | set(dir(builtins))
    for function in _outermost_functions(tree):
        _shorten_parameters(function, kept)
    return tree


def _is_assigned_on_self(node: ast.Attribute) -> bool:
    return (
        isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    )


def _bound_names(tree: ast.AST) -> set[str]:
    """Names that the module binds or mentions otherwise than as attributes."""
    return {name for node in ast.walk(tree) for name in _names_of(node)}


def _names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _module_names(tree: ast.Module) -> set[str]:
    """What the module binds outside its functions: assignments, imports, definitions."""
    inside = {node for function in _outermost_functions(tree) for node in ast.walk(function)}
    outside = [node for node in ast.walk(tree) if node not in inside]
    bound = {node.id for node in outside if isinstance(node, ast.Name)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return bound | {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}


def _outermost_functions(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _outermost_functions(child)


def _shorten_parameters(function: Function, kept: set[str]) -> None:
    """One mapping for the function and those inside it: the same name stays the same name."""
    nodes = [node for part in (function.args, *function.body) for node in ast.walk(part)]
    outside = {node for default in _defaults(function) for node in ast.walk(default)}
    nodes = [node for node in nodes if node not in outside]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    parameters = dict.fromkeys(node.arg for node in nodes if isinstance(node, ast.arg))
    wanted = [name for name in parameters if name not in kept]
    short = dict(zip(wanted, _fresh("", names | set(parameters) | kept), strict=False))
    for node in nodes:
        if isinstance(node, ast.arg):
            node.arg = short.get(node.arg, node.arg)
        elif isinstance(node, ast.Name):
            node.id = short.get(node.id, node.id)
        elif isinstance(node, ast.Nonlocal):
            node.names = [short.get(name, name) for name in node.names]


def _defaults(function: Function) -> list[ast.expr]:
    """What is evaluated where the function is defined, not inside it."""
    annotations = [node.annotation for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    given = [*function.args.defaults, *function.args.kw_defaults, *annotations]
    return [node for node in given if node is not None]


def _fresh(prefix: str, used: set[str]) -> Iterator[str]:
    """a, b, ... z, a0, b0, ... behind the prefix, without those in use."""
    for turn in count():
        for letter in LETTERS:
            name = prefix + letter + (str(turn - 1) if turn else "")
            if name not in used:
                yield name
