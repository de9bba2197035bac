"""Loaded into every Python process under `tradepit exec`: sends the venues' hosts to the exchange.

For clients that ignore proxy variables (aiohttp, older websockets, plain sockets). A venue's host resolves
to a placeholder address, and connecting to that dials the host's own listener of tradepit's proxy.
Loopback and allowed hosts are left alone. Everything else is refused, by an audit hook that no Python
code can go around. Not covered: C and Rust extensions that open sockets of their own.

Only the standard library, and nothing newer than Python 3.8: this runs inside other people's programs.
"""

from __future__ import annotations

import errno
import functools
import importlib.util
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

_PLACEHOLDER_NETWORK = "127.77.0."


class Redirection:
    """Where each host leads, and the patched functions that ask. One per process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.host_ports: dict[str, int] = settings["hosts"]
        self.venue_domains: list[str] = settings["venue_domains"]
        self.allowed: set[str] = set(settings["allowed"])
        self.ca_certificate: str = settings["ca_certificate"]
        self.bundle: str = settings["bundle"]
        # The same in every process of one run, so that addresses may be handed from one to another.
        hosts = sorted(self.host_ports)
        self.placeholders = {host: _PLACEHOLDER_NETWORK + str(i) for i, host in enumerate(hosts, 1)}
        self.placeholder_hosts = {address: host for host, address in self.placeholders.items()}

    # Decisions

    def check_name(self, name: str, port: object) -> str | None:
        """The placeholder of a venue's host, or None for a name to be resolved as usual.

        Raises gaierror with the reason for every other name.
        """
        if self._is_venue(name):
            if name not in self.placeholders:
                raise socket.gaierror(socket.EAI_NONAME, "Tradepit does not serve " + name)
            return self.placeholders[name]
        if name == "localhost" or name.endswith(".localhost") or name in self.allowed:
            return None
        if name == _normal(socket.gethostname()):
            return None
        raise socket.gaierror(socket.EAI_NONAME, _refusal(name, port))

    def check_address(self, host: str, port: object) -> None:
        """Raise PermissionError unless this host (name or address) may be connected to as it is."""
        packed = _packed(host or "0.0.0.0")  # no host at all is this one
        if packed is None:
            if self.check_name(host, port) is None:
                return
            text = f"tradepit exec cannot redirect {host}: this program goes past Python's socket module"
            raise PermissionError(errno.EACCES, text)
        if _is_local(packed) or host in self.allowed:
            return
        raise PermissionError(errno.EACCES, _refusal(host, port))

    def target(self, host: str, port: object) -> tuple[str, int] | None:
        """Where to connect instead, for a venue's host or its placeholder."""
        if host not in self.placeholder_hosts:
            if _packed(host) is not None:
                return None
            placeholder = self.check_name(host, port)
            if placeholder is None:
                return None
            host = placeholder
        host = self.placeholder_hosts[host]
        if port not in (80, 443):
            text = f"Tradepit does not serve {host} on port {port}, only on 80 and 443"
            raise PermissionError(errno.EACCES, text)
        return "127.0.0.1", self.host_ports[host]

    def _is_venue(self, name: str) -> bool:
        return any(name == domain or name.endswith("." + domain) for domain in self.venue_domains)

    # The socket module

    def install(self) -> None:
        sys.addaudithook(self._audit)
        _replace(socket, "getaddrinfo", self._getaddrinfo)
        _replace(socket, "gethostbyname", self._gethostbyname)
        _replace(socket, "gethostbyname_ex", self._gethostbyname)
        _replace(socket.socket, "connect", self._connect)
        _replace(socket.socket, "connect_ex", self._connect)
        patches: dict[str, Callable[[Any], None]] = {
            "ssl": self._patch_ssl,
            "certifi": self._patch_certifi,
            "uvloop": self._patch_uvloop,
            "aiohttp.resolver": self._patch_aiohttp,
        }
        sys.meta_path.insert(0, AfterImport(patches))

    def _getaddrinfo(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def getaddrinfo(
            host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
        ) -> Any:
            name = _text(host)
            if not name or _packed(name) is not None:
                return original(host, port, family, type, proto, flags)
            placeholder = self.check_name(name, port)
            if placeholder is not None:
                return original(placeholder, port, family, type, proto, flags)
            found = original(host, port, family, type, proto, flags)
            self.allowed.update(str(entry[4][0]) for entry in found)
            return found

        return getaddrinfo

    def _gethostbyname(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def gethostbyname(host: Any) -> Any:
            name = _text(host)
            if not name or _packed(name) is not None:
                return original(host)
            found = original(self.check_name(name, None) or host)
            self.allowed.update([found] if isinstance(found, str) else found[2])
            return found

        return gethostbyname

    def _connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(connection: Any, address: Any) -> Any:
            if connection.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
                address = self.target(_text(address[0]), address[1]) or address
            return original(connection, address)

        return connect

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Sees what every Python-level socket does, those of gevent and of `_socket` itself included."""
        if not event.startswith("socket."):
            return
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            connection, address = arguments
            inet = getattr(connection, "family", None) in (socket.AF_INET, socket.AF_INET6)
            if inet and isinstance(address, tuple) and address:
                self.check_address(_text(address[0]), address[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            name = _text(arguments[0])
            if name and _packed(name) is None:
                self.check_address(name, arguments[1] if len(arguments) > 1 else None)

    # Libraries that resolve, connect or trust by themselves

    def _patch_ssl(self, module: Any) -> None:
        """Whatever authorities a client trusts, it trusts the local one too (which can vouch for nothing but
        the venues' hosts and this machine): for clients that name a bundle of their own."""

        def also_local(original: Callable[..., Any]) -> Callable[..., Any]:
            load = module.SSLContext.__base__.load_verify_locations

            @functools.wraps(original)
            def patched(context: Any, *args: Any, **kwargs: Any) -> Any:
                result = original(context, *args, **kwargs)
                load(context, self.ca_certificate)
                return result

            return patched

        _replace(module.SSLContext, "load_verify_locations", also_local)
        _replace(module.SSLContext, "set_default_verify_paths", also_local)

    def _patch_certifi(self, module: Any) -> None:
        def where(original: Callable[..., Any]) -> Callable[..., Any]:
            return lambda: self.bundle

        _replace(module, "where", where)

    def _patch_uvloop(self, module: Any) -> None:
        """uvloop resolves and connects in C, past the socket module and the audit hook."""

        def create_connection(original: Callable[..., Any]) -> Callable[..., Any]:
            async def patched(
                loop: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
            ) -> Any:
                name = _text(host)
                if name:
                    target = self.target(name, port)
                    if target is None:
                        self.check_address(name, port)
                    else:
                        if options.get("ssl") and options.get("server_hostname") is None:
                            options["server_hostname"] = host
                        host, port = target
                return await original(loop, protocol_factory, host, port, **options)

            return patched

        def getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
            async def patched(loop: Any, host: Any, port: Any, **options: Any) -> Any:
                lookup = functools.partial(socket.getaddrinfo, host, port, **options)
                return await loop.run_in_executor(None, lookup)

            return patched

        _replace(module.Loop, "create_connection", create_connection)
        _replace(module.Loop, "getaddrinfo", getaddrinfo)

    def _patch_aiohttp(self, module: Any) -> None:
        """With aiodns installed, aiohttp asks DNS servers itself."""
        module.DefaultResolver = module.ThreadedResolver


class AfterImport:
    """Calls a function with a module right after the module's own code has run."""

    def __init__(self, patches: dict[str, Callable[[Any], None]]) -> None:
        self._patches = patches
        self._searching: set[str] = set()
        for name in list(patches):
            if name in sys.modules:
                patches[name](sys.modules[name])

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self._patches or name in self._searching:
            return None
        self._searching.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._searching.discard(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            self._patches[name](module)

        setattr(spec.loader, "exec" + "_module", exec_module)
        return spec


def _replace(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    setattr(owner, name, wrap(getattr(owner, name)))


def _refusal(host: str, port: object) -> str:
    where = host if port is None else f"{host}:{port}"
    return f"tradepit exec refuses {where}, which is no venue; --allow {host} opens it"


def _text(host: object) -> str:
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    return _normal(host) if isinstance(host, str) else ""


def _normal(host: str) -> str:
    return host.lower().rstrip(".")


def _packed(host: str) -> bytes | None:
    """The bytes of a numeric address in any spelling that the system takes; None for a name."""
    if ":" in host:
        family, host = socket.AF_INET6, host.partition("%")[0]
        try:
            return socket.inet_pton(family, host)
        except OSError:
            return None
    try:
        return socket.inet_aton(host) if host and not host.split()[1:] else None
    except OSError:
        return None


def _is_local(packed: bytes) -> bool:
    if len(packed) == 16 and packed.startswith(bytes(10) + b"\xff\xff"):
        packed = packed[12:]
    if len(packed) == 4:
        return packed[0] == 127 or packed == bytes(4)
    return packed in (bytes(16), bytes(15) + b"\x01")


def install() -> None:
    """Redirect this process as the variable TRADEPIT_EXEC says; without it, do nothing."""
    settings = os.environ.get("TRADEPIT_EXEC")
    if settings:
        Redirection(json.loads(settings)).install()
