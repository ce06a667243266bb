"""Whom a connection to a database trusts: one policy for all that open one."""

from __future__ import annotations

import ssl

from playground.domain.errors import StorageUnavailable


def trust_for(sslmode: str, *, certificates: str) -> ssl.SSLContext | bool:
    """Returns whom to trust; False to speak in the clear.

    Args:
        sslmode: "disable" speaks in the clear, "require" encrypts whoever answers, "verify-full"
            checks certificate and name.
        certificates: file of the certificates to trust, "" for the system's.

    Raises:
        StorageUnavailable: the file of certificates cannot be read.
    """
    if sslmode == "disable":
        return False
    try:
        context = ssl.create_default_context(cafile=certificates or None)
    except OSError as error:
        raise StorageUnavailable(
            f"The file {certificates} holds no certificates that can be read; correct sslrootcert."
        ) from error
    if sslmode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
