"""A disk in memory that remembers what was synced, and what is left of it when the power goes.

It forgives nothing that POSIX does not promise: what was written to a file is on the disk when that file was synced, and a name when its
folder was. Of the rest anything may be there: all, nothing, a part in order, a file of the right length full of zeros."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

PAGE = 4096

_Changes = dict[str, "Node | None"]


@dataclass(slots=True)
class Node:
    """A file, or a folder where `names` is not None."""

    names: "dict[str, Node] | None" = None
    kept_names: "dict[str, Node]" = field(default_factory=dict)
    "As on the disk."
    renamed: list[_Changes] = field(default_factory=list)
    "Changes of names since the folder was synced; those of one operation together."
    data: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    "As on the disk."
    written: list[tuple[int, bytes | None]] = field(default_factory=list)
    "(offset, octets) since the file was synced; None cuts it off there."

    def sync(self) -> None:
        if self.names is not None:
            self.kept_names, self.renamed = dict(self.names), []
        else:
            self.kept, self.written = bytes(self.data), []

    def change(self, changes: _Changes) -> None:
        """Names of a folder, all at once; None takes one away."""
        assert self.names is not None
        _apply_names(self.names, changes)
        self.renamed.append(changes)

    def write(self, offset: int, octets: bytes | None) -> None:
        _apply_data(self.data, offset, octets)
        self.written.append((offset, octets))


def folder() -> Node:
    return Node(names={})


def _apply_names(names: dict[str, Node], changes: _Changes) -> None:
    for name, node in changes.items():
        names.pop(name, None)
        if node is not None:
            names[name] = node


def _apply_data(data: bytearray, offset: int, octets: bytes | None) -> None:
    if octets is None:
        del data[offset:]
    if len(data) < offset:
        data.extend(bytes(offset - len(data)))
    if octets is not None:
        data[offset : offset + len(octets)] = octets


@dataclass(slots=True)
class Disk:
    """The tree below one folder, by paths relative to it."""

    root: Node = field(default_factory=folder)

    def find(self, path: str) -> Node | None:
        node: Node | None = self.root
        for name in filter(None, path.split("/")):
            node = node.names.get(name) if node is not None and node.names is not None else None
        return node

    def _above(self, path: str) -> tuple[Node, str]:
        above, _, name = path.rpartition("/")
        found = self.find(above)
        assert found is not None, path
        return found, name

    def create(self, path: str, *, as_folder: bool = False) -> Node:
        above, name = self._above(path)
        node = folder() if as_folder else Node()
        above.change({name: node})
        return node

    def remove(self, path: str) -> None:
        above, name = self._above(path)
        above.change({name: None})

    def link(self, old: str, new: str) -> None:
        node = self.find(old)
        assert node is not None, old
        above, name = self._above(new)
        above.change({name: node})

    def rename(self, old: str, new: str) -> None:
        (source, was), (target, name), node = self._above(old), self._above(new), self.find(old)
        assert node is not None, old
        if source is target:
            source.change({was: None, name: node})
        else:
            target.change({name: node})
            source.change({was: None})


Tree = dict[str, bytes | None]
"""What a disk holds: content by path, None for a folder."""

Names = Callable[[Node], dict[str, Node]]
Data = Callable[[Node], bytes]


def left(disk: Disk, names: Names, data: Data) -> Tree:
    """What is there when the power comes back, by how names and contents fare."""
    tree: Tree = {}

    def walk(node: Node, path: str) -> None:
        for name, child in names(node).items():
            below = f"{path}/{name}" if path else name
            tree[below] = None if child.names is not None else data(child)
            if child.names is not None:
                walk(child, below)

    walk(disk.root, "")
    return tree


def _names_kept(node: Node) -> dict[str, Node]:
    return node.kept_names


def _names_all(node: Node) -> dict[str, Node]:
    return node.names or {}


def _data_kept(node: Node) -> bytes:
    return node.kept


def _data_all(node: Node) -> bytes:
    return bytes(node.data)


def _zeros(node: Node) -> bytes:
    """Its length was written, its content was not."""
    return bytes(node.data) if not node.written else node.kept[: len(node.data)].ljust(len(node.data), b"\0")


def _some_names(luck: random.Random) -> Names:
    def some(node: Node) -> dict[str, Node]:
        names = dict(node.kept_names)
        for changes in node.renamed[: luck.randint(0, len(node.renamed))]:
            _apply_names(names, changes)
        return names

    return some


def _some_data(luck: random.Random) -> Data:
    """A part of what was written, in order; the last piece ends with a page."""

    def some(node: Node) -> bytes:
        count = luck.randint(0, len(node.written))
        data = bytearray(node.kept)
        for offset, octets in node.written[:count]:
            _apply_data(data, offset, octets)
        if 0 < count < len(node.written) or luck.random() < 0.5:
            data = data[: max(len(node.kept), len(data) // PAGE * PAGE)] if node.written else data
        return bytes(data)

    return some


def variants(disk: Disk, luck: random.Random) -> dict[str, Tree]:
    """What may be left, by a word for it."""
    return {
        "nothing unsynced": left(disk, _names_kept, _data_kept),
        "everything": left(disk, _names_all, _data_all),
        "names without contents": left(disk, _names_all, _data_kept),
        "names with zeros": left(disk, _names_all, _zeros),
        "names with parts": left(disk, _names_all, _some_data(luck)),
        "some of all": left(disk, _some_names(luck), _some_data(luck)),
    }
