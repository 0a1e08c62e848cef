"""`client_setup.json`: a file that tells a client its server, as other chat programs have it.

{"server_ip": "127.0.0.1", "server_port": 5555}
{"server_ip": "127.0.0.1:5555"}
{"server_ip": "127.0.0.1"}
"""

import json
from pathlib import Path
from typing import Final

from overlay.errors import ConfigError

SETUP_FILE: Final = "client_setup.json"
_EXPECTED: Final = 'an object such as {"server_ip": "127.0.0.1", "server_port": 5555}'
_PORTS: Final = range(1, 65_536)


def read_setup(path: Path, default_port: int) -> str:
    """The node's `HOST:PORT`. Other keys are ignored. Raises: `ConfigError`."""
    found = _read_json(path)
    if not isinstance(found, dict):
        raise ConfigError(str(path), _written(found), _EXPECTED)
    host = found.get("server_ip")
    if not isinstance(host, str) or not host.strip():
        where = f"{path}: server_ip"
        raise ConfigError(where, _written(host), 'the host of a node, such as "127.0.0.1"')
    port = found.get("server_port")
    if port is not None:
        return f"{_bracketed(host)}:{_port(path, port)}"
    return host.strip() if _has_port(host) else f"{_bracketed(host)}:{default_port}"


def host_and_port(host: str, port: int) -> str:
    """`HOST:PORT`, an IPv6 address in brackets."""
    return f"{_bracketed(host)}:{port}"


def _read_json(path: Path) -> object:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), "no such file", _EXPECTED) from None
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise ConfigError(where, f"no JSON ({error.msg})", _EXPECTED) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(str(path), str(error), "a readable JSON file in UTF-8") from None
    return found


def _port(path: Path, port: object) -> int:
    is_digits = isinstance(port, str) and port.isascii() and port.isdigit()
    number = int(port) if isinstance(port, str) and is_digits else port
    if isinstance(number, bool) or not isinstance(number, int) or number not in _PORTS:
        raise ConfigError(f"{path}: server_port", _written(port), "a port from 1 to 65535")
    return number


def _has_port(host: str) -> bool:
    name, colon, port = host.strip().rpartition(":")
    is_bare_ipv6 = ":" in name and not name.endswith("]")
    return bool(colon) and port.isdigit() and not is_bare_ipv6


def _bracketed(host: str) -> str:
    host = host.strip()
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _written(value: object) -> str:
    return "nothing" if value is None else json.dumps(value)[:80]
