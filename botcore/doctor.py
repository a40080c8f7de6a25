"""What the core checks: the places and limits that a bot needs. Each check changes nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import resource
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from botcore.adapter import Capabilities
from botcore.checks import Check, Finding, checks_of_packages, ok, problem, run_check, warning
from botcore.config import Settings, load_settings
from botcore.config_check import check_tables, named_in
from botcore.control.client import owner_status
from botcore.discovery import load_adapter, load_plugins
from botcore.errors import ConfigError
from botcore.store.check import Report, examine
from botcore.store.place import place_of, show

LITTLE_SPACE = 1_000_000_000  # bytes
NO_SPACE = 50_000_000
LARGE_WAL = 64_000_000  # bytes; it is checkpointed at about 4 MB
FEW_FILES = 1024
NETWORK_FILE_SYSTEMS = {
    "9p",
    "afs",
    "ceph",
    "cifs",
    "fuse.sshfs",
    "glusterfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
}
PACKAGES = ("botcore-platform", "aiohttp", "ctranslate2", "pydantic", "sqlalchemy")


def examine_all() -> Iterator[Finding]:
    """Run every check, and go on with what can be checked when the configuration is wrong."""
    try:
        settings = load_settings(check=check_tables)
        yield ok("configuration", settings.places.file or "no botcore.toml: everything has its default")
    except ConfigError as error:
        first, *rest = str(error).splitlines()
        for mistake in rest or [first]:
            yield problem("configuration", mistake.strip().rstrip("."))
        settings = _as_far_as_it_goes()
    for name, check in (*CORE, *checks_of_packages()):
        yield from run_check(name, check, settings)


def _as_far_as_it_goes() -> Settings:
    """Return the configuration when only tables of plugins and the like are wrong, else the defaults."""
    try:
        return load_settings()
    except ConfigError:
        return Settings()


def check_python(settings: Settings) -> Iterator[Finding]:
    found = [f"{name} {number}" for name in PACKAGES if (number := _version(name))]
    yield ok("versions", ", ".join([f"Python {platform.python_version()}", *found]))


def check_data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_folder
    if not folder.exists():
        yield ok("data folder", f"{folder} is made at the first start")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield problem(
            "data folder",
            f"{folder} can't be written by the user {os.geteuid()}",
            f"Give it to that user (chown), or set bot.data_folder; its owner is {folder.stat().st_uid}.",
        )
        return
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning("data folder", f"{folder} is open to other users", f"chmod 700 {folder}")
    else:
        yield ok("data folder", f"{folder}, for this user only")
    yield _space(folder)
    yield from _file_system(folder, settings)


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:,.1f} GB free"
    if free < NO_SPACE:
        return problem("disk", text, "Make room: what can't be written can't be answered.")
    if free < LITTLE_SPACE:
        return warning("disk", text, "Make room before it runs out; answering stops then.")
    return ok("disk", text)


def _file_system(folder: Path, settings: Settings) -> Iterator[Finding]:
    kind = file_system_of(folder)
    if kind in NETWORK_FILE_SYSTEMS and settings.store.url is None:
        yield problem(
            "disk",
            f"{folder} is on a network file system ({kind}), where SQLite may lose data",
            "Set bot.data_folder to a local disk, or use PostgreSQL (store.url).",
        )


def file_system_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the kind of file system that a folder is on; empty where the system does not tell."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    path = str(folder.resolve())
    # The kernel writes a space in a path as \040.
    points = {line[1].replace("\\040", " "): line[2] for line in lines}
    above = [p for p in points if path == p or path.startswith(p.rstrip("/") + "/")]
    return points[max(above, key=len)] if above else ""


def check_database(settings: Settings) -> Iterator[Finding]:
    place = place_of(settings.store, settings.data_folder)
    if isinstance(place, Path) and not place.exists():
        yield ok("database", f"{place} is made at the first start")
        return
    report = examine(place)
    if not report.is_current:
        advice = "It is brought up to date at the next start, or by `botcore db upgrade`."
        yield warning(
            "database", f"{show(place)} has the schema {report.revision}, not this version's", advice
        )
    else:
        size = f", {place.stat().st_size / 1e6:,.1f} MB" if isinstance(place, Path) else ""
        yield ok("database", f"{show(place)} is sound, with {report.messages:,} messages{size}")
    if isinstance(place, Path):
        yield from _wal(place)
    yield from _given_up(report)
    if report.is_current and not report.let_in and _meets_strangers(settings):
        yield warning(
            "access",
            "nobody was let in yet, so the bot answers nobody but whoever sits at this machine",
            "`botcore access owner-code` shows a code; send it to the bot in a direct chat.",
        )


def _meets_strangers(settings: Settings) -> bool:
    """Tell whether people elsewhere may write to the bot, as far as an adapter's class can tell."""
    uses = named_in(settings.adapters, "adapters")
    factories = [load_adapter(name, uses.get(name)) for name in settings.adapters]
    known = [getattr(factory, "capabilities", None) for factory in factories]
    return any(isinstance(one, Capabilities) and not one.trusted for one in known)


def _wal(database: Path) -> Iterator[Finding]:
    wal = database.with_name(f"{database.name}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > LARGE_WAL:
        yield warning(
            "database",
            f"{wal.name} has grown to {size / 1e6:,.0f} MB",
            "Some program reads the database all the time and keeps it from being checkpointed: end that.",
        )


def _given_up(report: Report) -> Iterator[Finding]:
    dead, unknown = report.inbox.get("dead", 0), report.outbox.get("unknown", 0)
    if dead or unknown:
        yield warning(
            "messages",
            f"{dead} given up, {unknown} answers of which nobody knows whether they arrived",
            "`botcore dead list` shows them.",
        )


def check_owner(settings: Settings) -> Iterator[Finding]:
    status = asyncio.run(owner_status(settings.data_folder)) if settings.data_folder.exists() else None
    if status is None:
        yield ok("bot", "does not run")
        return
    yield ok("bot", f"runs as process {status.pid} since {status.since}; the model is {status.engine.state}")
    for adapter in status.adapters:
        if adapter.state != "running":
            yield problem(
                "bot",
                f"the adapter {adapter.name} is {adapter.state}, after {adapter.failures} failures",
                adapter.detail or "botcore.log in the data folder says why (adapter_failed).",
            )
        elif adapter.detail:
            yield problem("bot", f"the adapter {adapter.name} is in trouble: {adapter.detail}")


def check_plugins(settings: Settings) -> Iterator[Finding]:
    plugins = load_plugins(named_in(settings.plugins, "plugins"))
    yield ok("plugins", ", ".join(plugin.name for plugin in plugins) or "none")
    able = [plugin.name for plugin in plugins if plugin.answerer_handler]
    if settings.bot.answerer not in able:
        yield problem(
            "plugins",
            f"bot.answerer is “{settings.bot.answerer}”, which answers no messages",
            f"Set it to one of: {', '.join(able) or 'none is installed'}.",
        )


def check_adapters(settings: Settings) -> Iterator[Finding]:
    uses = named_in(settings.adapters, "adapters")
    for name in settings.adapters:
        load_adapter(name, uses.get(name))
    if settings.adapters:
        yield ok("adapters", ", ".join(settings.adapters))
    else:
        yield warning("adapters", "none for `botcore run`", "Add a table [adapters.NAME] to botcore.toml.")


def check_limits(settings: Settings) -> Iterator[Finding]:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < FEW_FILES:
        yield warning(
            "limits",
            f"only {files} files may be open, connections included",
            "Raise it: LimitNOFILE= in systemd, --ulimit nofile= in Docker, or ulimit -n.",
        )
    else:
        yield ok("limits", "open files: " + ("unlimited" if files == resource.RLIM_INFINITY else str(files)))
    if sqlite3.sqlite_version_info < (3, 35):
        yield problem("limits", f"SQLite {sqlite3.sqlite_version} is too old", "Install 3.35 or newer.")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


CORE: tuple[tuple[str, Check], ...] = (
    ("versions", check_python),
    ("data folder", check_data_folder),
    ("database", check_database),
    ("bot", check_owner),
    ("plugins", check_plugins),
    ("adapters", check_adapters),
    ("limits", check_limits),
)
