"""How large the store is."""

from sqlalchemy import func, select

from server.database import Database


async def size_bytes(db: Database) -> int:
    """Bytes of the database: of an SQLite file with its write-ahead log."""
    path = db.address.path
    if path is not None:
        files = (path, path.with_name(path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    async with db.read() as connection:
        query = select(func.pg_database_size(func.current_database()))
        return int((await connection.execute(query)).scalar_one())
