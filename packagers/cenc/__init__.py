"""Common encryption of CMAF tracks (ISO/IEC 23001-7): schemes `cenc` and `cbcs`, both ways."""

from packagers.cenc.error import CencError
from packagers.cenc.protect import Protector, protect
from packagers.cenc.scheme import Cbcs, Cenc, ContentKey, Scheme
from packagers.cenc.unprotect import Unprotector

__all__ = ["Cbcs", "Cenc", "CencError", "ContentKey", "Protector", "Scheme", "Unprotector", "protect"]
