"""The two servers of a fake hub: its own, and the one that large files come from."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.hub.troubles import Cut, Hang, Refuse, Reset, Tamper, Trouble, Whole
from tests.fakes.hub.world import FakeRepository, StoredFile

SIGNATURE = "signed"
RESOLVED = "/api/resolve-cache/models/"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    range: str
    authorization: str
    from_network: bool  # asked of the content network, not of the hub itself


class FakeHub:
    """Runs while it is entered."""

    def __init__(self) -> None:
        self.repositories: dict[str, FakeRepository] = {}
        self.tokens: set[str] = set()  # that the hub knows
        self.troubles: deque[Trouble] = deque()  # for the next requests of contents
        self.api_troubles: deque[Refuse] = deque()  # for the next questions about repositories
        self.asked: list[Asked] = []
        self.go_on = threading.Event()  # ends what hangs
        self._hub = _listening(_HubHandler, self)
        self._network = _listening(_NetworkHandler, self)

    def __enter__(self) -> Self:
        for server in (self._hub, self._network):
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        for server in (self._hub, self._network):
            server.shutdown()
            server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def network(self) -> str:
        """The other origin. By another name, so that it is one for whoever ignores ports."""
        return f"http://localhost:{self._network.server_port}"

    def add(self, repository: FakeRepository) -> FakeRepository:
        self.repositories[repository.name] = repository
        self.tokens |= repository.readers | repository.askers
        return repository

    def contents_asked(self) -> list[str]:
        """Return the names of the files whose content was asked for, in order."""
        parts = [asked.path.split("/resolve/") for asked in self.asked if asked.method == "GET"]
        return [part[1].partition("/")[2] for part in parts if len(part) == 2]

    def large(self, sha256: str) -> StoredFile | None:
        files = (file for repository in self.repositories.values() for file in repository.files.values())
        return next((file for file in files if file.is_large and file.sha256 == sha256), None)


def _listening(handler: type[_Handler], hub: FakeHub) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type(handler.__name__, (handler,), {"hub": hub}))
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"
    is_network = False

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization", "")
        asked = Asked(
            self.command, unquote(self.path), self.headers.get("Range", ""), authorization, self.is_network
        )
        self.hub.asked.append(asked)
        self.answer()

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it

    def answer(self) -> None:
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Be quiet."""

    @property
    def token(self) -> str:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if kind == "Bearer" else ""  # of a mirror's own password the hub knows nothing

    def refuse(
        self, status: int, message: str, code: str = "", more: Mapping[str, str] | None = None
    ) -> None:
        headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {}), **(more or {})}
        self.send(status, json.dumps({"error": message}).encode(), headers)

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_content(self, file: StoredFile, headers: Mapping[str, str]) -> None:
        """Send a file, or the part that was asked for, with the trouble that was ordered."""
        trouble = self.hub.troubles.popleft() if self.hub.troubles and self.command == "GET" else None
        if isinstance(trouble, Refuse):
            self.refuse(trouble.status, HTTPStatus(trouble.status).phrase, more=trouble.headers)
            return
        content = file.content
        if isinstance(trouble, Tamper):
            content = bytes([content[0] ^ 1]) + content[1:]
        start = 0 if isinstance(trouble, Whole) else self._start(len(content))
        if start >= len(content) > 0:
            self.send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        more = {"ETag": f'"{file.etag}"', "Accept-Ranges": "bytes", **headers}
        if start:
            more["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        if isinstance(trouble, Cut | Reset | Hang):
            self._send_cut(206 if start else 200, body, more, trouble)
        else:
            self.send(206 if start else 200, body, more)

    def _start(self, size: int) -> int:
        asked = self.headers.get("Range", "")
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked.startswith("bytes=") else 0

    def _send_cut(
        self, status: int, body: bytes, headers: Mapping[str, str], trouble: Cut | Reset | Hang
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: trouble.after])
        self.wfile.flush()
        self.close_connection = True
        if isinstance(trouble, Hang):
            self.hub.go_on.wait()
        if isinstance(trouble, Reset):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()


class _HubHandler(_Handler):
    """The API, and what redirects to contents."""

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if self.token and self.token not in self.hub.tokens:
            self.refuse(401, "Invalid credentials in Authorization header")
        elif path.startswith(RESOLVED):
            self._resolved(path.removeprefix(RESOLVED))
        elif path.startswith("/api/models/"):
            self._told(path.removeprefix("/api/models/"))
        elif "/resolve/" in path:
            self._resolve(*path.removeprefix("/").split("/resolve/", 1))
        else:
            self.refuse(404, "Not found")

    def _told(self, path: str) -> None:
        if self.hub.api_troubles:
            trouble = self.hub.api_troubles.popleft()
            self.refuse(trouble.status, HTTPStatus(trouble.status).phrase, more=trouble.headers)
            return
        name, _, revision = path.partition("/revision/")
        if repository := self._visible(name, revision or "main"):
            with_sizes = "blobs" in parse_qs(urlsplit(self.path).query)
            body = json.dumps(repository.told(with_sizes=with_sizes)).encode()
            self.send(200, body, {"Content-Type": "application/json; charset=utf-8"})

    def _visible(self, name: str, revision: str) -> FakeRepository | None:
        """Return a repository of which somebody may know; otherwise answer."""
        repository = self.hub.repositories.get(name)
        if repository is None or (repository.private and self.token not in repository.readers):
            if self.token:
                self.refuse(404, "Repository not found", "RepoNotFound")
            else:  # so that nobody learns which private ones there are
                self.refuse(401, "Invalid username or password.")
            return None
        if not repository.has(revision):
            self.refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")
            return None
        return repository

    def _resolve(self, name: str, path: str) -> None:
        revision, _, file_name = path.partition("/")
        repository = self._visible(name, revision)
        if repository is None or not self._may_read(repository):
            return
        file = repository.files.get(file_name)
        if file is None:
            self.refuse(404, "Entry not found", "EntryNotFound", {"X-Repo-Commit": repository.commit})
            return
        headers = {"X-Repo-Commit": repository.commit, "ETag": f'"{file.etag}"'}
        if file.is_large:
            size = {"X-Linked-Size": str(len(file.content)), "X-Linked-ETag": f'"{file.sha256}"'}
            where = f"{self.hub.network}/{file.sha256}?signature={SIGNATURE}"
            self.send(302, b"", {**headers, **size, "Location": where})
        else:
            self.send(307, b"", {**headers, "Location": f"{RESOLVED}{name}/{repository.commit}/{file_name}"})

    def _resolved(self, path: str) -> None:
        owner, name, commit, file_name = path.split("/", 3)
        repository = self._visible(f"{owner}/{name}", commit)
        if repository and self._may_read(repository):
            headers = {"X-Repo-Commit": repository.commit}
            self.send_content(repository.files[file_name], headers)

    def _may_read(self, repository: FakeRepository) -> bool:
        if not repository.gated or self.token in repository.readers:
            return True
        page = f"{self.hub.endpoint}/{repository.name}"
        if self.token in repository.askers:
            said = (
                f"Your request to access model {repository.name} is awaiting a review from the repo authors."
            )
        elif self.token:
            said = f"Access to model {repository.name} is restricted and you are not in the authorized list. "
            said += f"Visit {page} to ask for access."
        else:
            said = f"Access to model {repository.name} is restricted. You must have access to it and be "
            said += "authenticated to access it. Please log in."
        self.refuse(403 if self.token else 401, said, "GatedRepo")
        return False


class _NetworkHandler(_Handler):
    """Large files by signed addresses. As the real one it takes no second way of showing who asks."""

    is_network = True

    def answer(self) -> None:
        parts = urlsplit(self.path)
        file = self.hub.large(parts.path.removeprefix("/"))
        if self.token:
            self.refuse(400, "Only one auth mechanism allowed")
        elif parse_qs(parts.query).get("signature") != [SIGNATURE] or file is None:
            self.refuse(403, "Access denied")
        else:
            self.send_content(file, {})
