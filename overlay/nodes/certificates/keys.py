"""Keys for TLS as files: nobody but their owner reads them."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from overlay.errors import ConfigError
from overlay.nodes.certificates.making import new_key
from overlay.storage.looking import is_there
from overlay.storage.private import check_private, write_private


def kept_key(path: Path) -> EllipticCurvePrivateKey:
    """The key for TLS, made where there is none. Raises `ConfigError`."""
    if is_there(path):
        return read_key(path)
    key = new_key()
    try:
        write_key(path, key)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(str(path), found, "a directory we may write") from None
    return key


def write_key(path: Path, key: EllipticCurvePrivateKey) -> None:
    """Keep a key for TLS. Raises OSError, also where there is one."""
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def read_key(path: Path) -> EllipticCurvePrivateKey:
    """The key for TLS that is kept. Raises `ConfigError`."""
    expected = "an ECDSA key in PEM"
    try:
        check_private(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error), expected) from None
    except (ValueError, TypeError):
        raise ConfigError(str(path), "something that is no key", expected) from None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ConfigError(str(path), "a key of another kind", expected)
    return key
