"""Answers kept on disk as they come: a fetch that broke off goes on where it was."""

import gzip
import hashlib
import json
import os
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from routing.errors import MapNotFetched

# Older answers are neither used nor kept: OpenStreetMap changes daily, and a disk is finite.
LONGEST_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept answer, and when it was fetched."""

    answer: Any
    fetched_at: datetime


def usual_folder() -> Path:
    """`$XDG_CACHE_HOME/shirube/maps`, or the same below ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if Path(root).is_absolute() else Path.home() / ".cache") / "shirube" / "maps"


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """A folder of answers by the server and the question that they answer."""

    folder: Path

    def find(self, server: str, question: str, now: datetime, max_age: timedelta) -> Kept | None:
        """The answer, where one is kept that is whole and no older than `max_age`."""
        try:
            with gzip.open(self._path(server, question), "rb") as file:
                head = json.loads(file.readline())
                body = file.read()
            if head["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            kept = Kept(json.loads(body), datetime.fromisoformat(head["fetched_at"]))
            # An answer from the future is a clock that was wrong: its age is not known.
            return kept if timedelta(0) <= now - kept.fetched_at <= max_age else None
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
            return None  # absent or damaged: asked for again

    def keep(self, server: str, question: str, answer: object, now: datetime) -> None:
        """Keep it; written beside and renamed, so that a half-written one is never found."""
        body = json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode()
        head = {
            "fetched_at": now.isoformat(),
            "sha256": hashlib.sha256(body).hexdigest(),
            "server": server,
            "question": question,
        }
        path = self._path(server, question)
        part = path.with_name(f".part-{os.getpid()}-{path.name}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with gzip.open(part, "wb", compresslevel=5) as file:
                file.write(json.dumps(head).encode() + b"\n" + body)
            os.utime(part, (now.timestamp(), now.timestamp()))  # `prune` reads the age there
            os.replace(part, path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise MapNotFetched(
                f"取得した地図を {self.folder} に保存できません。空き容量と権限を確かめてください",
                f"cannot keep what was fetched in {self.folder} ({error.strerror}): check space and rights",
            ) from error

    def prune(self, now: datetime) -> None:
        """Remove what is too old to be used again."""
        for path in self.folder.glob("*.json.gz"):
            try:
                if now.timestamp() - path.stat().st_mtime > LONGEST_KEPT.total_seconds():
                    path.unlink()
            except OSError:
                continue  # another fetch was quicker, or it is not ours to remove

    def _path(self, server: str, question: str) -> Path:
        key = hashlib.sha256(f"{server}\n{question}".encode()).hexdigest()
        return self.folder / f"{key[:40]}.json.gz"
