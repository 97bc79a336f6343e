"""Downloading, unpacking and linking, in conda's order and with what each leaves on the disk."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import conda_failures as failures
from conda_layout import (
    Package,
    dist,
    file_name,
    link_files,
    record,
    subdir,
    unlink_package,
    write_history,
    write_record,
    write_unpacked,
)
from conda_output import say

if TYPE_CHECKING:
    from conda_session import Session

_TICK = 0.02


class Transaction:
    def __init__(self, session: Session, prefix: Path, specs: list[str]) -> None:
        self.session, self.prefix, self.specs = session, prefix, specs
        self.settings = session.settings
        self.fetch: list[Package] = []
        self.unlink: list[Package] = []
        self.link: list[Package] = []
        self.left: int | None = self.settings["cut_after"]
        """Bytes until the connection breaks."""

    def execute(self) -> None:
        cache = self.session.cache
        told = not self.session.quiet
        if self.link:
            if told:
                say("\nDownloading and Extracting Packages: ...working...", end="")
            try:
                self._fetch_and_unpack(cache)
            finally:
                if told:
                    say(" done")
        if "--download-only" not in self.session.flags:
            self._exchange(cache, told)

    def _exchange(self, cache: Path, told: bool) -> None:
        for text in ("Preparing transaction", "Verifying transaction"):
            if told:
                say(f"{text}: ...working... done")
        (self.prefix / "conda-meta").mkdir(parents=True, exist_ok=True)
        if told:
            say("Executing transaction: ...working... ", end="")
        try:
            self._link(cache)
        except BaseException:
            if told:
                say("failed")
            raise
        if told:
            say("done")

    def _fetch_and_unpack(self, cache: Path) -> None:
        """The largest package is where it is interrupted: in its middle."""
        fetch = sorted(self.fetch, key=lambda package: package["size"])
        for package in fetch:
            if not (cache / file_name(package)).is_file():
                self._download(cache, package, at=package is fetch[-1])
        for package in fetch:
            folder = cache / dist(package)
            if package is fetch[-1] and "unpacking" in self._stops:
                write_unpacked(folder, package, half=True)
                self.reach("unpacking", cache / file_name(package), dist(package))
            shutil.rmtree(folder, ignore_errors=True)
            write_unpacked(folder, package)
            self.pause(self.settings["unpack_seconds"])

    def _download(self, cache: Path, package: Package, at: bool) -> None:
        file = cache / file_name(package)
        partial = file.with_name(file.name + ".partial")
        size, speed = package["size"], self.settings["bytes_per_second"]
        step = size if speed is None else max(1, int(speed * _TICK))
        stop = size // 2 if at and "downloading" in self._stops else None
        try:
            with partial.open("ab") as target:
                began, before = time.monotonic(), target.tell()
                while (done := target.tell()) < size:
                    if self.left is not None:
                        step = min(step, self.left)
                        self.left -= step
                        if not step:
                            raise failures.make("cut", "downloading", self.prefix, file, "")
                    if stop is not None and done >= stop:
                        self.reach("downloading", file, dist(package))
                        stop = None
                    end = size if stop is None else stop
                    target.write(bytes(min(step, end - done)))
                    target.flush()
                    if speed is not None:
                        due = began + (target.tell() - before) / speed
                        self.pause(due - time.monotonic())
        except OSError as error:
            message = f"Failed to write to {partial}\n  errno: {error.errno}"
            raise failures.FailureError("CondaError", message) from error
        partial.rename(file)
        with (cache / "urls.txt").open("a", encoding="utf-8") as urls:
            urls.write(record(package)["url"] + "\n")

    def _link(self, cache: Path) -> None:
        """Files of all packages first, then all records, the history last."""
        for package in self.unlink:
            unlink_package(self.prefix, package)
        linked: dict[str, list[str]] = {}
        middle = len(self.link) // 2
        for number, package in enumerate(self.link):
            if number == middle and "linking" in self._stops:
                link_files(cache, self.prefix, package, half=True)
                self.reach("linking", cache / file_name(package), dist(package))
            linked[dist(package)] = link_files(cache, self.prefix, package)
            self.pause(self.settings["link_seconds"])
        if not self.link:
            self.reach("linking")
        for package in self.link:
            write_record(cache, self.prefix, package, linked[dist(package)])
        lines = [f"-{subdir(p)}::{dist(p)}" for p in self.unlink]
        lines += [f"+{subdir(p)}::{dist(p)}" for p in self.link]
        lines.append(f"# update specs: {self.specs}")
        write_history(self.prefix, lines, " ".join(["conda", *self.session.words]))

    @property
    def _stops(self) -> set[str]:
        stops = {self.settings["hang_at"]}
        if self.settings["fail"]:
            stops.add(self.settings["fail_at"])
        return stops

    def reach(self, stage: str, file: Path = Path(), package: str = "") -> None:
        """Fail or hang here, where that is wanted."""
        if self.settings["hang_at"] == stage:
            (self.session.root / "stand-in-hangs").write_text(stage)
            while True:
                time.sleep(_TICK)
        if self.settings["fail"] and self.settings["fail_at"] == stage and self._fails_again():
            if self.settings["fail"] == "lock":
                self.pause(self.settings["busy_lock"])
            raise failures.make(self.settings["fail"], stage, self.prefix, file, package)

    def _fails_again(self) -> bool:
        """Whether it has not failed as often as it shall."""
        path = self.session.root / "stand-in-failed"
        failed = int(path.read_text()) if path.is_file() else 0
        path.write_text(str(failed + 1))
        return self.settings["fail_times"] is None or failed < self.settings["fail_times"]

    @staticmethod
    def pause(seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
