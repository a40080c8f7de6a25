"""What the Hugging Face Hub refuses, in words that say what to do next."""

from __future__ import annotations

import httpx2
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from botcore.errors import DownloadError

TOKENS = "settings/tokens"  # the hub's page where tokens are made
BAD_TOKEN = "Invalid credentials"  # in the hub's own message  # noqa: S105
PENDING = "awaiting"  # in its message to somebody whose request was not decided yet


def explained(
    error: Exception, repository: str, revision: str, endpoint: str, *, token: bool
) -> DownloadError:
    """Return an error for people. `token`: whether one was sent."""
    page = f"{endpoint}/{repository}"
    if isinstance(error, HfHubHTTPError):
        return DownloadError(_refused(error, repository, revision, endpoint, token=token))
    if isinstance(error, OfflineModeIsEnabled):
        return DownloadError("HF_HUB_OFFLINE is set, so nothing is downloaded. Unset it and try again.")
    return DownloadError(
        f"{page} can't be reached ({str(error) or type(error).__name__}). What has arrived is kept: check "
        "the network, HF_ENDPOINT and the proxy's variables, and give the same command again. "
        "docs/models.md tells how to bring a model to a machine without internet."
    )


def _refused(error: HfHubHTTPError, repository: str, revision: str, endpoint: str, *, token: bool) -> str:
    said = error.server_message or error.response.headers.get("X-Error-Message") or ""
    status = error.response.status_code
    page = f"{endpoint}/{repository}"
    if status == 401 and BAD_TOKEN in f"{said} {error.response.headers.get('X-Error-Message')}":
        return (
            f"The hub does not know the token that was sent. Make a new one at {endpoint}/{TOKENS} and put "
            "it into HF_TOKEN, or unset HF_TOKEN if the repository needs none."
        )
    if isinstance(error, GatedRepoError):
        return _gated(said, page, endpoint, token=token)
    if isinstance(error, RevisionNotFoundError):
        return f"{page} has no branch, tag or commit {revision}. See {page}/tree/main for those it has."
    if isinstance(error, EntryNotFoundError):
        return f"{page} has changed meanwhile: a file is not there any more. Give the command again."
    if isinstance(error, RepositoryNotFoundError) or status == 401:  # said so to who is not known
        private = "your token may not read it" if token else "it is private, and no token was sent (HF_TOKEN)"
        return f"There is no repository {page}, or {private}. Check how its name is written."
    if status == 403:
        return (
            f"The hub refuses the token for {repository} ({said or 'no reason was given'}). It needs the "
            f"permission to read gated repositories: see {endpoint}/{TOKENS}."
        )
    if status == 429:
        return (
            "The hub was asked too often from here and wants a pause. What has arrived is kept: give the "
            "same command again later. With a token (HF_TOKEN) it allows more."
        )
    return f"{page}: the hub answers {status} ({said or 'no reason was given'}). Try again in a while."


def _gated(said: str, page: str, endpoint: str, *, token: bool) -> str:
    """Tell the way to a model whose licence wants to be accepted first."""
    if PENDING in said:
        return f"You have asked for {page} and are not let in yet. Its makers decide; look there again later."
    accept = f"log in at {page} and accept the licence there"
    if token:
        return f"The owner of the token may not have {page} yet: {accept}, then give this command again."
    return (
        f"{page} is given to those who accepted its licence.\n"
        f"  1. {accept[0].upper()}{accept[1:]}.\n"
        f"  2. Make a token that can read at {endpoint}/{TOKENS}.\n"
        "  3. Give this command again with the token in the environment's HF_TOKEN, or with "
        "BOTCORE_ENGINE__HUB_TOKEN_FILE naming a file that holds it."
    )


def may_pass(error: Exception) -> bool:
    """Tell whether the same request may go well a little later."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)
