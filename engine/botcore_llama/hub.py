"""Downloads from the Hugging Face Hub, or from a mirror that speaks its protocol.

`huggingface_hub` asks for what a repository holds and makes the requests. Its own download begins
anew when a process ends and does not check what came, so the bytes are taken in here: into a file that
the next try goes on with, and compared with the hub's checksum before it gets its name. This file and
`hub_errors.py` alone know the library.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_token, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.hf_api import ModelInfo, RepoSibling
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status, parse_ratelimit_headers

from botcore.errors import DownloadError
from botcore_llama.arriving import PART, Arriving, RemoteFile, Tell
from botcore_llama.checkpoint.wording import shown
from botcore_llama.hub_errors import explained, may_pass

TRIES = 6  # in a row that brought nothing
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds
LONGEST_WAIT = 600.0  # seconds that a hub may ask for
TIMEOUT = httpx2.Timeout(30.0)  # for a connection, and for each piece


def default_endpoint() -> str:
    """Return the address of the hub that HF_ENDPOINT names, else of the one that everybody means."""
    return os.environ.get("HF_ENDPOINT") or constants.ENDPOINT


def default_token() -> str | None:
    """Return the token that HF_TOKEN or a file that HF_TOKEN_PATH names holds, or `hf auth login` left."""
    return get_token()


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one commit."""

    name: str  # owner/repository
    revision: str  # as it was asked for
    commit: str
    files: Mapping[str, RemoteFile]
    licence: str  # as its makers call it; empty: they don't say


class Damaged(DownloadError):
    """A file did not arrive as it was sent."""


class Hub:
    """One hub, and who asks it."""

    def __init__(
        self,
        endpoint: str,
        token: str | None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`tell` is given a line for people when something takes longer than they may think."""
        self._endpoint = endpoint.rstrip("/")
        self._token = token
        self._sleep = sleep
        self._tell = tell

    @property
    def address(self) -> str:
        """Where it is, for people and files: a password in it is for nobody to see."""
        return re.sub(r"(?<=://)[^/]*@", "", self._endpoint)

    def repository(self, name: str, revision: str) -> Repository:
        """Ask what a repository holds."""
        api = HfApi(endpoint=self._endpoint, token=self._token or False)
        ask = partial(api.model_info, name, revision=revision, files_metadata=True, timeout=30)
        patience = self._patience()
        while True:
            try:
                return _read(ask(), revision)
            except (HfHubHTTPError, OfflineModeIsEnabled, httpx2.HTTPError, httpx2.InvalidURL) as error:
                if not patience.bears(error):
                    raise self._explained(error, name, revision) from error
            except (ValueError, TypeError, KeyError) as error:
                raise DownloadError(f"{self.address} does not answer as a Hugging Face Hub does.") from error

    def fetch(self, repository: Repository, file: RemoteFile, target: Path, tell: Tell) -> None:
        """Bring a file to `target`, and go on with what an earlier try has left beside it.

        `Damaged`: what came is not what the hub has; nothing is left of it.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + PART)
        with part.open("a+b") as opened:
            arriving = Arriving(opened, file, tell)
            patience = self._patience()
            while arriving.size < file.size:
                before = arriving.size
                try:
                    self._stream(repository, file, arriving)
                except (HfHubHTTPError, httpx2.HTTPError) as error:
                    if arriving.size > before:
                        patience = self._patience()
                    if not patience.bears(error):
                        raise self._explained(error, repository.name, repository.revision) from error
            opened.flush()
            os.fsync(opened.fileno())
        if not arriving.is_whole:
            part.unlink()
            tell(-arriving.size)
            raise Damaged(
                f"{file.name} arrived damaged: its checksum is not the hub's. It was removed; give the same "
                "command again. If that does not help, something on the way changes what passes."
            )
        part.replace(target)

    def _stream(self, repository: Repository, file: RemoteFile, arriving: Arriving) -> None:
        """Take in what one request brings."""
        url = hf_hub_url(repository.name, file.name, revision=repository.commit, endpoint=self._endpoint)
        headers = build_hf_headers(token=self._token or False) | {"Accept-Encoding": "identity"}
        if arriving.size:
            headers["Range"] = f"bytes={arriving.size}-"
        with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT) as response:
            hf_raise_for_status(response)
            if arriving.size and not _goes_on(response, arriving.size):
                arriving.begin_anew()
            for chunk in response.iter_bytes():  # as it comes, so that a cut loses nothing
                arriving.take(chunk)
        if arriving.size < file.size:
            raise httpx2.RemoteProtocolError("it ended too early")

    def _explained(self, error: Exception, name: str, revision: str) -> DownloadError:
        return explained(error, name, revision, self.address, token=bool(self._token))

    def _patience(self) -> Patience:
        return Patience(self._sleep, self._tell)


class Patience:
    """Waits between tries, and at some time no longer."""

    def __init__(self, sleep: Callable[[float], None], tell: Callable[[str], None]) -> None:
        self._left = TRIES - 1
        self._pause = FIRST_PAUSE
        self._sleep = sleep
        self._tell = tell

    def bears(self, error: Exception) -> bool:
        """Wait, if another try may go better, and tell whether it may."""
        wanted = _asked_pause(error)
        if not may_pass(error) or not self._left or (wanted or 0) > LONGEST_WAIT:
            return False
        seconds = self._pause if wanted is None else wanted + 1
        why = "The hub wants a pause" if wanted is not None else _why(error)
        self._tell(f"{why}; it goes on in {seconds:.0f} s.")
        self._sleep(seconds)
        self._left -= 1
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return True


def _why(error: Exception) -> str:
    """Say why a try failed, without the address: a signature or a password may stand in it."""
    if isinstance(error, HfHubHTTPError):
        return f"The hub answers {error.response.status_code}"
    return f"The connection failed ({shown(str(error)) or type(error).__name__})"


def _goes_on(response: httpx2.Response, size: int) -> bool:
    """Tell whether a response begins where it was asked to, and not with the whole file."""
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {size}-")
    return response.status_code == 206 and begins


def _asked_pause(error: Exception) -> float | None:
    """Return how many seconds the hub wants to be left alone, if it says so."""
    if not isinstance(error, HfHubHTTPError) or error.response.status_code not in (429, 503):
        return None
    limit = parse_ratelimit_headers(error.response.headers)
    if limit and not limit.remaining:
        return float(limit.reset_in_seconds)
    after = error.response.headers.get("Retry-After", "")
    return float(after) if after.isdecimal() else None


def _read(info: ModelInfo, revision: str) -> Repository:
    """Return what the hub says about a repository; `ValueError` when it says too little."""
    if not info.sha or info.siblings is None:
        raise ValueError("no commit, or no files")
    card = info.card_data
    licence = (card.license_name if card.license == "other" else card.license) if card else None
    return Repository(
        name=info.id,
        revision=revision,
        commit=info.sha,
        files={sibling.rfilename: _read_file(sibling) for sibling in info.siblings},
        licence=str(licence or ""),
    )


def _read_file(sibling: RepoSibling) -> RemoteFile:
    if sibling.size is None or sibling.blob_id is None:
        raise ValueError(f"no size of {sibling.rfilename}")
    sha256 = sibling.lfs.sha256 if sibling.lfs else ""
    return RemoteFile(sibling.rfilename, sibling.size, sha256, sibling.blob_id)
