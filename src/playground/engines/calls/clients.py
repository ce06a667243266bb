"""HTTP clients, which read at once what the environment says of proxies and certificates."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

from playground.domain.errors import EngineUnavailable


def opened(make: Callable[[], httpx2.Client]) -> httpx2.Client:
    """Makes a client.

    Args:
        make: makes it; called once.

    Raises:
        EngineUnavailable: the environment names a proxy or certificates that cannot be used.
    """
    try:
        return make()
    except ImportError as error:
        raise EngineUnavailable(
            "SOCKS proxies are not supported; let HTTPS_PROXY or ALL_PROXY name an http:// proxy."
        ) from error
    except ValueError as error:  # it repeats the address, which may hold a password
        raise EngineUnavailable(
            "The proxy that the environment names is no http:// or https:// address; "
            "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY."
        ) from error
    except OSError as error:
        raise EngineUnavailable(
            "The certificates that the environment names cannot be read; "
            "correct SSL_CERT_FILE or SSL_CERT_DIR."
        ) from error
