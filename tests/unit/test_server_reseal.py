"""Rotating the sealing key: everything sealed is sealed anew, nothing is lost, the old key can go."""

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from server import reseal
from server.alerts.senders.vapid import VapidKey
from server.blurred_maps import MARK
from server.cli import server_app
from server.database import Database
from server.errors import StoreError
from server.sealing import sealer_from
from server.tables import channels, marks, metadata, users
from tests.households import settle


async def _filled(db: Database, path: Path) -> str:
    """A store with something sealed of every kind; the push key that it has."""
    sealer = sealer_from(path)
    await settle(db, sealer, "hanako")
    async with db.write() as connection:
        await connection.execute(update(users).values(totp_sealed=sealer.seal("JBSWY3DPEHPK3PXP")))
        await connection.execute(marks.insert().values(name=MARK, value=sealer.seal("ab" * 32)))
    return await VapidKey(db, sealer).public()


async def test_everything_sealed_moves_to_the_new_key_and_the_old_one_can_go(
    store_url: str, tmp_path: Path
) -> None:
    db, path = Database(store_url), tmp_path / "key"
    public = await _filled(db, path)
    old = path.read_text().split()
    reseal.add_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().split()[1:] == old
    with pytest.raises(StoreError):
        await reseal.drop_old(db, path)  # before everything is sealed anew
    assert len(path.read_text().split()) == 2
    assert await reseal.reseal(db, path) == {"second_factors": 2, "channels": 1, "marks": 2}
    assert await reseal.drop_old(db, path) == 1
    assert set(path.read_text().split()).isdisjoint(old)
    fresh = sealer_from(path)
    async with db.read() as connection:
        secrets = (await connection.execute(select(users.c.totp_sealed))).scalars()
        assert {fresh.open(secret) for secret in secrets} == {"JBSWY3DPEHPK3PXP"}
        address = (await connection.execute(select(channels.c.address))).scalar_one()
    assert json.loads(fresh.open(address)) == {"address": "hanako@example.org"}
    assert await VapidKey(db, fresh).public() == public, "browsers would lose their subscriptions"
    await db.close()


async def test_what_is_sealed_with_a_lost_key_is_told_and_left(store_url: str, tmp_path: Path) -> None:
    db, path = Database(store_url), tmp_path / "key"
    await _filled(db, path)
    path.unlink()
    with pytest.raises(StoreError):
        await reseal.reseal(db, path)
    await db.close()


def test_no_sealed_column_is_forgotten() -> None:
    """A column that is told to be sealed is in the list."""
    listed = {(kind.value.table.name, kind.value.name) for kind in reseal.SEALED}
    named = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if "sealed" in column.name
    }
    assert named <= listed


def test_the_verb_says_what_is_next(tmp_path: Path) -> None:
    given = ["--database", str(tmp_path / "s.db"), "--json"]

    def answer(*words: str) -> dict[str, object]:
        result = CliRunner().invoke(server_app, ["reseal", *words, *given], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        told = json.loads(result.output)
        assert isinstance(told, dict)
        return told

    assert answer("--add-key")["next"] == "restart, then reseal"
    assert answer() == {"second_factors": 0, "channels": 0, "marks": 0}
    assert answer("--drop-old") == {"dropped": 1}
