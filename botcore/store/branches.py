"""The migrations: the core's own, and those that packages bring for tables of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

import botcore
from botcore.errors import PluginError

GROUP = "botcore.migrations"  # of entry points: what the tables' names begin with, and a package of versions
CORE_VERSIONS = "alembic_version"  # the table that holds the revision of the core's own


@dataclass(frozen=True, eq=False, slots=True)
class Branch:
    """Migrations that follow one another: the core's, or those of a package for tables of its own."""

    name: str  # of the entry point; empty: the core's
    config: Config
    version_table: str = CORE_VERSIONS

    @property
    def package(self) -> str:
        """Who brings it, for people."""
        return self.name or "botcore"

    def revisions(self) -> list[str]:
        """Return its revisions, the last one first; raise `PluginError` when they are not in one line."""
        try:
            script = ScriptDirectory.from_config(self.config)
            script.get_current_head()  # raises when there are several
            revisions = [revision.revision for revision in script.walk_revisions()]
        except Exception as error:  # its modules are run
            raise PluginError(f"The migrations of {self.package} can't be used: {error}.") from error
        if not revisions:
            raise PluginError(f"The migrations of {self.package} are none: its folder holds no versions.")
        return revisions

    def named(self, revision: str | None) -> str:
        """Return a revision as people tell it from those of other branches."""
        return f"{self.name}-{revision or 'none'}" if self.name else revision or "none"


def migrations_folder() -> Path:
    """Return where the migrations are: beside the package in the repository, inside it in a wheel."""
    package = Path(botcore.__file__).parent
    installed = package / "_migrations"
    return installed if installed.exists() else package.parent / "migrations"


def alembic_config(versions: Path | None = None) -> Config:
    """Return a configuration that needs no alembic.ini. `versions`: whose, if they are not the core's."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    if versions:
        config.set_main_option("version_locations", str(versions))
    return config


def all_branches() -> list[Branch]:
    """Return the core's migrations, then those that installed packages bring; `PluginError` as they are."""
    return [Branch("", alembic_config()), *(_branch(name, at) for name, at in found_migrations().items())]


def _branch(name: str, versions: Path) -> Branch:
    return Branch(name, alembic_config(versions), f"{name}_{CORE_VERSIONS}")


@cache  # no package is installed while we run
def found_migrations() -> Mapping[str, Path]:
    """Return the folders of the versions that installed packages bring, by the names they announced.

    Raise `PluginError` when one can't be used.
    """
    return {point.name: _folder_of(point) for point in entry_points(group=GROUP)}


def _folder_of(point: EntryPoint) -> Path:
    try:
        spec = find_spec(point.value)
    except ImportError:
        spec = None
    if not point.name.isidentifier() or spec is None or not spec.submodule_search_locations:
        raise PluginError(
            f'An entry point of {GROUP} is `{point.name} = "{point.value}"`: it has to name, by the word '
            "that its tables begin with, a package whose folder holds the versions."
        )
    return Path(spec.submodule_search_locations[0])
