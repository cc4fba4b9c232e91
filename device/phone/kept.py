"""What stays of a pairing over a restart: one small file that only the device's own user can read."""

import json
import os
from pathlib import Path
from typing import Final

from device.errors import PhoneError

FILE: Final = "phone-pairing.json"


def read_kept(folder: Path) -> str | None:
    """The hash of the token; None where no phone was paired, or the file says nothing that can be used."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))["token_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if isinstance(kept, str) and len(kept) == 64 else None


def write_kept(folder: Path, token_sha256: str) -> None:
    """Whole or not at all, on the disk when it returns. `PhoneError` where it cannot be."""
    path, new = folder / FILE, folder / f".{FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            json.dump({"token_sha256": token_sha256}, out)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    except OSError as error:
        raise PhoneError(
            "ペアリングを保存できません。再起動のあと、つなぎ直しが要ります / "
            f"the pairing cannot be kept over a restart "
            f"({path}: {error.strerror or error}); make room or mend the folder's rights"
        ) from None
