"""What a fake hub holds: repositories at their commits, and who may read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGE = (".safetensors", ".bin", ".pth", ".gguf", "tokenizer.json", "tokenizer.model")  # kept by LFS


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file's content and how the hub names it."""

    name: str
    content: bytes

    @property
    def is_large(self) -> bool:
        return self.name.endswith(LARGE)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blob(self) -> str:
        """Git's name of what is in git: the content, or the pointer that stands for a large file."""
        kept = self._pointer if self.is_large else self.content
        return hashlib.sha1(b"blob %d\0" % len(kept) + kept).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.is_large else self.blob

    @property
    def _pointer(self) -> bytes:
        lines = ("version https://git-lfs.github.com/spec/v1", f"oid sha256:{self.sha256}")
        return "\n".join((*lines, f"size {len(self.content)}", "")).encode()

    def told(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"rfilename": self.name, "size": len(self.content), "blobId": self.blob}
        if self.is_large:
            size = {"size": len(self.content), "pointerSize": len(self._pointer)}
            entry["lfs"] = {"sha256": self.sha256, **size}
        return entry


@dataclass(slots=True)
class FakeRepository:
    """A repository with one commit, and the branches and tags that lead to it."""

    name: str
    files: Mapping[str, StoredFile]
    licence: str = "llama3.2"
    gated: bool = False
    private: bool = False
    readers: set[str] = field(default_factory=set)  # tokens of those who may have it
    askers: set[str] = field(default_factory=set)  # tokens of those who asked and were not let in yet
    names: set[str] = field(default_factory=lambda: {"main"})  # of its branches and tags

    @classmethod
    def of_folder(cls, name: str, folder: Path, **more: Any) -> FakeRepository:
        """Hold all files of a folder."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return cls.of({str(path.relative_to(folder)): path.read_bytes() for path in paths}, name, **more)

    @classmethod
    def of(cls, contents: Mapping[str, bytes], name: str, **more: Any) -> FakeRepository:
        return cls(name, {each: StoredFile(each, content) for each, content in contents.items()}, **more)

    @property
    def commit(self) -> str:
        return hashlib.sha1("".join(f.name + f.blob for f in self.files.values()).encode()).hexdigest()

    def has(self, revision: str) -> bool:
        return revision in self.names or revision == self.commit

    def told(self, *, with_sizes: bool) -> dict[str, Any]:
        """Return what the hub's API says about it."""
        siblings = [file.told() for file in self.files.values()]
        if not with_sizes:
            siblings = [{"rfilename": each["rfilename"]} for each in siblings]
        return {
            "_id": hashlib.md5(self.name.encode()).hexdigest()[:24],
            "id": self.name,
            "modelId": self.name,
            "author": self.name.partition("/")[0],
            "sha": self.commit,
            "lastModified": "2024-10-24T15:07:51.000Z",
            "createdAt": "2024-09-18T15:03:14.000Z",
            "private": self.private,
            "gated": "manual" if self.gated else False,
            "disabled": False,
            "tags": [],
            "downloads": 1,
            "likes": 1,
            "cardData": {"license": self.licence},
            "siblings": siblings,
            "spaces": [],
        }
