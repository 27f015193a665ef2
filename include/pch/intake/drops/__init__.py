"""Drop folders: a file that a site puts into a folder, a bucket or an SFTP account, received as if it had been pushed.

    source -> listing -> not settled yet? -> unchanged since an earlier look? -> spool -> receive() -> on record

names     where a file belongs          sources   a folder          remote    a bucket, an SFTP account
records   what was seen and settled     taking    one file          sweeping  one look at every source

Nothing is deleted, moved or written in a source. A file is settled by its own state (size, and time or tag): it is
read again when that changes, and the same bytes get the receipt they got before.
"""

from pch.intake.drops.records import Listed, Waiting, listed, waiting
from pch.intake.drops.sweeping import Looked, sweep

__all__ = ["Listed", "Looked", "Waiting", "listed", "sweep", "waiting"]
