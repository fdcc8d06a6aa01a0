"""What the operating system says, in bokmål. Its own texts are in the language of the machine, often English."""

from __future__ import annotations

import errno

_REASONS = {
    errno.EACCES: "du har ikke tilgang",
    errno.EPERM: "du har ikke tilgang",
    errno.EROFS: "disken kan bare leses",
    errno.ENOENT: "finnes ikke",
    errno.ENOTDIR: "noe i stien er en fil og ikke en mappe",
    errno.EISDIR: "det er en mappe, ikke en fil",
    errno.EEXIST: "finnes fra før",
    errno.ENOTEMPTY: "mappen er ikke tom",
    errno.ENOSPC: "det er ikke plass på disken",
    errno.EDQUOT: "kvoten på disken er brukt opp",
    errno.EFBIG: "filen blir for stor",
    errno.ENAMETOOLONG: "navnet er for langt",
    errno.EINVAL: "navnet kan ikke brukes",
    errno.ELOOP: "snarveiene går i ring",
    errno.EMFILE: "for mange filer er åpne",
    errno.ENFILE: "for mange filer er åpne",
    errno.EBUSY: "noen andre bruker det",
    errno.ETXTBSY: "noen andre bruker det",
    errno.EXDEV: "det ligger på en annen disk",
    errno.EIO: "disken svarer ikke som den skal",
    errno.ESTALE: "nettverksområdet svarer ikke",
    errno.ETIMEDOUT: "nettverksområdet svarer ikke",
    errno.ENOMEM: "det er ikke nok minne",
}


def reason_of(error: Exception) -> str:
    """Why, in words; the name of the error (``EREMOTEIO``) when it is none of the usual ones."""
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return "navnet kan ikke brukes" if isinstance(error, ValueError) else type(error).__name__
    return _REASONS.get(number) or f"operativsystemet svarte {errno.errorcode.get(number, str(number))}"
