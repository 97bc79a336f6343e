"""One call of conda: what was asked, what would be done, and doing it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import conda_failures as failures
from conda_failures import FailureError
from conda_layout import (
    Package,
    dist,
    file_name,
    installed,
    is_environment,
    linked,
    matches,
    record,
    spec_name,
    subdir,
    unlink_package,
)
from conda_output import print_plan, say
from conda_transaction import Transaction

WITH_VALUE = ("-n", "--name", "-p", "--prefix", "-c", "--channel", "--solver", "--file", "--show")
WORKING = "...working... "


class Session:
    def __init__(self, root: Path, settings: dict[str, Any], words: list[str]) -> None:
        self.root, self.settings, self.words = root, settings, words
        self.flags: set[str] = set()
        self.values: dict[str, list[str]] = {}
        self.rest: list[str] = []
        self.children: list[subprocess.Popen[bytes]] = []
        left = iter(words)
        for word in left:
            key, equals, value = word.partition("=")
            if key in WITH_VALUE:
                self.values.setdefault(key, []).append(value if equals else next(left, ""))
            elif word.startswith("-"):
                self.flags.add(word)
            else:
                self.rest.append(word)
        self.json = "--json" in self.flags or self.is_set("json")
        self.dry = bool(self.flags & {"--dry-run", "-d"})
        self.yes = bool(self.flags & {"--yes", "-y"})
        self.quiet = self.json or bool(self.flags & {"--quiet", "-q"}) or self.is_set("quiet")

    def is_set(self, name: str) -> bool:
        """A switch in a variable, which wins, or in a ``.condarc``."""
        variable = os.environ.get(f"CONDA_{name.upper()}")
        if variable is not None:
            return variable.lower() in ("1", "true", "yes", "on")
        home = Path(os.environ.get("HOME", "/"))
        for file in (home / ".condarc", self.root / ".condarc"):
            if file.is_file() and f"{name}: true" in file.read_text("utf-8").splitlines():
                return True
        return False

    def run(self) -> int:
        if self.settings["says_first"]:
            say(self.settings["says_first"])
        if "--version" in self.flags or "-V" in self.flags:
            say(f"conda {self.settings['version']}")
            return 0
        command, *specs = self.rest or ["--help"]
        if command == "env":
            command = f"env {specs.pop(0) if specs else ''}".strip()
        actions = {
            "create": self._create,
            "install": self._install,
            "remove": self._remove,
            "uninstall": self._remove,
            "env remove": lambda _specs: self._remove_all(),
            "env list": lambda _specs: self._show(self._env_list()),
            "info": lambda _specs: self._show(self._info()),
            "list": lambda _specs: self._list(),
            "config": lambda _specs: self._show(self._config()),
        }
        if command not in actions:
            sys.stderr.write(f"conda: error: invalid choice: {command!r}\n")
            return 2
        return actions[command](specs)

    # Where things are.

    @property
    def target(self) -> Path:
        for key in ("-p", "--prefix"):
            for value in self.values.get(key, [])[-1:]:
                return Path(value).absolute()
        for key in ("-n", "--name"):
            for value in self.values.get(key, [])[-1:]:
                return self._named(value)
        return self.root

    def _named(self, name: str) -> Path:
        if name in ("base", "root"):
            return self.root
        if set("/ :#") & set(name):
            raise FailureError(
                "CondaValueError",
                "Environment names cannot contain any of these characters: {'/', ' ', ':', '#'}",
            )
        folders = [Path(folder) for folder in self.setting("envs_dirs")]
        for folder in folders:
            if (folder / name).is_dir():
                return folder / name
        return next(filter(_can_be_made, folders), folders[0]) / name

    def setting(self, name: str) -> list[str]:
        """``pkgs_dirs`` or ``envs_dirs``, from a variable, a ``.condarc`` or the default."""
        variable = os.environ.get(
            {"pkgs_dirs": "CONDA_PKGS_DIRS", "envs_dirs": "CONDA_ENVS_DIRS"}[name]
        )
        places = variable.split(os.pathsep) if variable else []
        home = Path(os.environ.get("HOME", "/"))
        for file in (home / ".condarc", self.root / ".condarc"):
            with contextlib.suppress(OSError):
                inside = False
                for line in file.read_text("utf-8").splitlines():
                    inside = line.startswith(f"{name}:") or (inside and line.lstrip()[:1] == "-")
                    if inside and line.lstrip().startswith("-"):
                        places.append(line.partition("-")[2].strip().strip("\"'"))
        if places and name == "pkgs_dirs":  # these replace conda's own, envs_dirs come before them
            return places
        part = name.removesuffix("_dirs")
        return [*places, str(self.root / part), str(home / ".conda" / part)]

    @property
    def cache(self) -> Path:
        """The first package cache that can be written to."""
        for place in self.setting("pkgs_dirs"):
            folder = Path(place)
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "urls.txt").open("a").close()
                return folder
        raise FailureError("NoWritablePkgsDirError", "No writeable pkgs directories configured.")

    # What is asked.

    def _create(self, specs: list[str]) -> int:
        prefix = self.target
        if prefix == self.root:
            raise FailureError("CondaValueError", "Target prefix is the base prefix. Aborting.")
        if is_environment(prefix):
            if self.dry:
                raise FailureError(
                    "CondaValueError",
                    "Cannot `create --dry-run` with an existing conda environment",
                )
            self._confirm(
                f"WARNING: A conda environment already exists at '{prefix}'\n\n"
                "Remove existing environment?\nThis will remove ALL directories contained within "
                "this specified prefix directory, including any other conda environments.\n\n",
                "no",
            )
            shutil.rmtree(prefix)
        elif prefix.is_dir():
            self._confirm(
                f"WARNING: A directory already exists at the target location '{prefix}'\n"
                "but it is not a conda environment.\nContinue creating environment",
                "no",
            )
        code = self._change(prefix, specs, new=True)
        if not self.quiet and not self.dry:
            name = (self.values.get("-n") or self.values.get("--name") or [str(prefix)])[-1]
            say(f"#\n# To activate this environment, use\n#\n#     $ conda activate {name}\n#")
            say("# To deactivate an active environment, use\n#\n#     $ conda deactivate\n\n")
        return code

    def _install(self, specs: list[str]) -> int:
        prefix = self._existing()
        if not os.access(prefix / "conda-meta" / "history", os.W_OK):
            raise failures.not_writable(prefix)
        return self._change(prefix, specs, new=False)

    def _existing(self) -> Path:
        prefix = self.target
        if not prefix.is_dir():
            raise failures.not_an_environment(prefix)
        if not is_environment(prefix):
            message = (
                "The target directory exists, but it is not a conda environment.\n"
                "Use 'conda create' to convert the directory to a conda environment.\n"
                f"  target directory: {prefix}\n"
            )
            raise FailureError("DirectoryNotACondaEnvironmentError", message)
        return prefix

    def _change(self, prefix: Path, specs: list[str], new: bool) -> int:
        work = Transaction(self, prefix, specs)
        self._noise()
        self._spawn()
        if not self.quiet:
            say("Collecting package metadata (current_repodata.json): " + WORKING, end="")
        if self.settings["terms_of_service"] and "--override-channels" not in self.flags:
            raise failures.terms_of_service()
        work.pause(self.settings["solve_seconds"])
        if not self.quiet and self.settings["fail"] == "offline":
            say("failed\n", end="")
        work.reach("solving")
        work.unlink, work.link = self._solve(prefix, specs)
        if not self.quiet:
            say("done\nSolving environment: " + WORKING + "done")
        if not work.unlink and not work.link and not new:
            message = "All requested packages already installed."
            self._show({"success": True, "message": message})
            if not self.json:
                say(f"\n# {message}\n")
            return 0
        work.fetch = [package for package in work.link if not self._cached(package)]
        if not self.json:
            print_plan(prefix, specs, work.fetch, work.unlink, work.link)
        document = self._document(prefix, work)
        if self.dry:
            return self._end_dry_run(document)
        if not self.json:
            self._confirm("Proceed", "yes")
        work.execute()
        self._show(document)
        return 0

    def _solve(self, prefix: Path, specs: list[str]) -> tuple[list[Package], list[Package]]:
        """Requested packages and what they need; what fits and is there stays."""
        there = {package["name"]: package for package in installed(prefix)}
        chosen: dict[str, Package] = {}
        wanted = list(specs)
        while wanted:
            spec = wanted.pop(0)
            name = spec_name(spec)
            if name in chosen or name.startswith("__"):
                continue
            asked = [each for each in specs if spec_name(each) == name] + [spec]
            fits = [p for p in self.settings["packages"] if all(matches(p, s) for s in asked)]
            if fits and not (fits := [p for p in fits if self._agrees(p, specs, there)]):
                raise failures.recorded("unsatisfiable")
            if name in there and all(matches(there[name], each) for each in asked):
                fits = [there[name]]
            if not fits:
                raise failures.missing(spec)
            chosen[name] = fits[-1]
            wanted += fits[-1]["depends"]
        link = [
            p for name, p in chosen.items() if dist(p) != dist(there.get(name, {**p, "build": ""}))
        ]
        link.reverse()  # what others need comes first
        return [there[p["name"]] for p in link if p["name"] in there], link

    @staticmethod
    def _agrees(package: Package, specs: list[str], there: dict[str, Package]) -> bool:
        """With what was asked for by name earlier: conda never gives such a package up."""
        kept = [there[name] for name in ("pytorch-cpu", "pytorch-gpu") if name in there]
        asked = {spec_name(spec) for spec in specs}
        return all(
            matches(package, need)
            for each in kept if each["name"] not in asked
            for need in each["depends"] if spec_name(need) == package["name"]
        )  # fmt: skip

    def _cached(self, package: Package) -> bool:
        return any(
            (Path(folder) / file_name(package)).is_file()
            and (Path(folder) / dist(package) / "info" / "repodata_record.json").is_file()
            for folder in self.setting("pkgs_dirs")
        )

    def _document(self, prefix: Path, work: Transaction) -> dict[str, Any]:
        actions: dict[str, Any] = {"FETCH": [record(p) for p in work.fetch], "PREFIX": str(prefix)}
        if work.unlink:
            actions["UNLINK"] = [linked(p) for p in work.unlink]
        if work.link:
            actions["LINK"] = [linked(p) for p in work.link]
        return {"success": True, "actions": actions, "prefix": str(prefix)}

    def _end_dry_run(self, document: dict[str, Any]) -> int:
        self._show(document | {"dry_run": True})
        if not self.json:
            sys.stderr.write("\nDryRunExit: Dry run. Exiting.\n\n")
        return 0

    def _remove(self, specs: list[str]) -> int:
        if "--all" in self.flags:
            return self._remove_all()
        prefix = self._existing()
        there = installed(prefix)
        names = {spec_name(spec) for spec in specs}
        unknown = [spec for spec in specs if not any(matches(p, spec) for p in there)]
        if unknown:
            raise FailureError(
                "PackagesNotFoundInPrefixError",
                "The following packages are missing from the target environment:\n"
                + "".join(f"  - {spec}\n" for spec in unknown),
            )
        gone = [package for package in there if package["name"] in names]
        while "--force" not in self.flags:  # what needs a removed package goes too
            more = [
                p for p in there
                if p not in gone
                and {spec_name(need) for need in p["depends"]} & {g["name"] for g in gone}
            ]  # fmt: skip
            if not more:
                break
            gone += more
        work = Transaction(self, prefix, specs)
        work.unlink = gone
        work.reach("solving")
        if not self.json:
            print_plan(prefix, specs, [], gone, [], removing=True)
        document = self._document(prefix, work)
        if self.dry:
            return self._end_dry_run(document)
        if not self.json:
            self._confirm("Proceed", "yes")
        work.execute()
        self._show(document)
        return 0

    def _remove_all(self) -> int:
        prefix = self._existing()
        if prefix == self.root:
            raise FailureError(
                "CondaEnvironmentError",
                "cannot remove root environment, add -n NAME or -p PREFIX option",
            )
        if not self.json:
            say(f"\nRemove all packages in environment {prefix}:\n")
            self._confirm("Proceed", "yes")
        there = installed(prefix)
        if not self.dry:
            for package in there:
                unlink_package(prefix, package)
            shutil.rmtree(prefix)
        work = Transaction(self, prefix, [])
        work.unlink = there
        self._show(self._document(prefix, work))
        return 0

    def _confirm(self, question: str, default: str) -> None:
        """A closed input is taken for the default; with --json nothing is asked."""
        if self.yes or self.json:
            return
        say(f"{question} ({'[y]/n' if default == 'yes' else 'y/[n]'})? ", end="")
        answer = sys.stdin.readline().strip().lower()
        say("")
        if (answer or default) not in ("y", "yes"):
            raise FailureError("CondaSystemExit", "Exiting.", exit_code=0)

    # What is only told.

    def _show(self, data: object) -> int:
        if self.json:
            print(json.dumps(data, indent=2), flush=True)
        return 0

    def _environments(self) -> list[Path]:
        found = [self.root]
        for folder in self.setting("envs_dirs"):
            with contextlib.suppress(OSError):
                found += [path for path in sorted(Path(folder).iterdir()) if is_environment(path)]
        return found

    def _env_list(self) -> dict[str, Any]:
        details = {
            str(path): {
                "name": "base" if path == self.root else path.name,
                "active": False,
                "base": path == self.root,
                "frozen": False,
                "writable": os.access(path, os.W_OK),
            }
            for path in self._environments()
        }
        return {"envs": list(details), "envs_details": details}

    def _info(self) -> dict[str, Any]:
        recording = failures.RECORDINGS / "info.json"
        text = recording.read_text("utf-8").replace("/home/student/miniforge3", str(self.root))
        pkgs, envs = self.setting("pkgs_dirs"), self.setting("envs_dirs")
        version = self.settings["version"]
        virtual = [["__unix", "0", "0"]]
        if self.settings["cuda"]:
            virtual.append(["__cuda", self.settings["cuda"], "0"])
        return json.loads(text) | self._env_list() | {
            "pkgs_dirs": pkgs, "envs_dirs": envs, "conda_version": version, "virtual_pkgs": virtual,
        }  # fmt: skip

    def _list(self) -> int:
        there = installed(self._existing())
        if not self.json:
            say(f"# packages in environment at {self.target}:\n#")
            for package in there:
                say(
                    f"{package['name']:25} {package['version']:>15} {package['build']}  conda-forge"
                )
        return self._show([linked(package) for package in there])

    def _config(self) -> dict[str, Any]:
        return {
            "channels": ["conda-forge"],
            "channel_priority": "flexible",
            "envs_dirs": self.setting("envs_dirs"),
            "pkgs_dirs": self.setting("pkgs_dirs"),
            "proxy_servers": {},
            "offline": False,
            "subdir": subdir({"noarch": False}),
        }

    # What makes it hard for the one who calls.

    def _noise(self) -> None:
        count = self.settings["noise_lines"]
        for start in range(0, 0 if self.quiet else count, 1000):
            numbers = range(start + 1, min(start + 1000, count) + 1)
            sys.stdout.write("".join(f"noise {number:07d} of {count}\n" for number in numbers))
        sys.stdout.flush()

    def _spawn(self) -> None:
        """A child with a child, which do not end by a gentle word."""
        if self.settings["children"]:
            pids = self.root / "stand-in-children"
            pids.unlink(missing_ok=True)
            script = "trap '' TERM INT; sleep 60 & echo $$ $! > \"$0\"; wait"
            child = subprocess.Popen(["sh", "-c", script, str(pids)])
            self.children.append(child)
            while not (pids.is_file() and pids.read_text().strip()):
                time.sleep(0.005)

    def end_children(self) -> None:
        for child in self.children:
            with contextlib.suppress(OSError, ValueError):
                for pid in (self.root / "stand-in-children").read_text().split():
                    os.kill(int(pid), 9)
            child.wait()


def _can_be_made(folder: Path) -> bool:
    """Whether an environment can be made in it; tests name folders that shall not be written to."""
    return not (folder / "not-writable").exists()
