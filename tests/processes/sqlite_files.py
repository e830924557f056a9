"""The database files of a server."""

import pathlib
import shutil
import sqlite3
import tempfile


def integrity(folder):
    """What SQLite says of the files as the dead process left them. Of a copy: looking at them would mend them."""
    with tempfile.TemporaryDirectory(prefix="evertoken-copy-") as copy:
        for file in folder.glob("grants.db*"):
            shutil.copy(file, copy)
        connection = sqlite3.connect(pathlib.Path(copy) / "grants.db")
        try:
            return connection.execute("PRAGMA integrity_check").fetchall()[0][0]
        finally:
            connection.close()
