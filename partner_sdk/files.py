"""Files that are replaced as a whole.

Responsible for: writing beside the target, owner only, and renaming into place; nothing is left behind on failure.
Not responsible for: what the files hold.
"""

import os
import tempfile
from pathlib import Path


def replace_file(target: Path, content: bytes) -> None:
    """Put ``content`` into the file ``target``, as a whole or not at all, readable by its owner only.

    Raises:
        OSError: it cannot be written; whatever was there is still there.
    """
    with tempfile.NamedTemporaryFile(
        dir=target.absolute().parent, prefix=f".{target.name}-", delete=False
    ) as file:
        unfinished = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
