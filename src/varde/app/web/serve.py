"""The web server: the API, the built page, and what every answer carries."""

import asyncio
import contextlib
import hmac
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from varde import __version__
from varde.app.checks import is_loopback
from varde.app.checks import token as check_token
from varde.app.engine import engine_of
from varde.app.finder import Finder
from varde.app.ports import RETRY_SECONDS
from varde.app.station import Station, page_address
from varde.app.web import (
    api,
    ask,
    beacon,
    exporters,
    findings,
    gallery,
    honeypot,
    linkgraph,
    lists,
    mailfilters,
    metrics,
    panels,
    past,
    published,
    warned,
    worldmap,
)
from varde.app.web.described import describe
from varde.app.web.limits import BodyLimit, Guesses
from varde.app.web.tiles import Tiles
from varde.collect import Address, SyslogListener, bound_socket
from varde.model import VardeError
from varde.query import Engine, extent

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILE_SECURITY = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
"""For the picture that is one file: it is all its own, and may reach nothing."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
COOKIE = "varde_token"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
"""A Host header: a name or an address, and a port."""

_NO_PAGE = (
    "<!doctype html><html lang=en><title>Varde</title><p>The page was not built. From a git checkout, start <code>./varde</code> once "
    "with access to the npm registry; the API is at <a href=api/about>api/about</a>."
)


def application(station: Station, token: str | None = None) -> FastAPI:
    """The ASGI application. With a token every request must carry it: ?token= once, then a cookie."""
    app = FastAPI(title="Varde", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.station, app.state.engine, app.state.stop = station, engine_of(station.context), asyncio.Event()
    app.state.findings, app.state.drawings, app.state.tiles = Finder(), Finder(), Tiles()
    for routes in (api, ask, beacon, exporters, findings, gallery, honeypot, linkgraph, lists, mailfilters, metrics, panels, past, published, warned, worldmap):
        app.include_router(routes.router)
    describe(app)
    guesses = Guesses()
    app.add_exception_handler(VardeError, _sentence)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.middleware("http")
    async def guard(request: Request, next_: Callable[[Request], Awaitable[Response]]) -> Response:
        client = request.client.host if request.client else ""
        if token and (seconds := guesses.wait(client)):
            return JSONResponse({"detail": f"too many wrong tokens: try again in {seconds} s"}, 429, HEADERS | {"Retry-After": str(seconds)})
        if token and not _may_enter(request, token):
            if _given(request):  # who has none yet guesses nothing
                guesses.wrong(client)
            return JSONResponse({"detail": "a token is needed: open the address with ?token= and the token that [web] has in the configuration"}, 401, HEADERS)
        if not _is_own_host(request, station.context.config.web.hosts):
            return JSONResponse({"detail": "this host name is not served here"}, 421, HEADERS)
        response = await next_(request)
        response.headers.update(_headers(request.url.path))
        if token and request.query_params.get("token"):
            response.set_cookie(COOKIE, token, httponly=True, samesite="strict")
        return response

    app.add_middleware(BodyLimit, headers=HEADERS)
    page = Path(str(files("varde.app") / "page"))
    if (page / "index.html").is_file():
        app.mount("/", StaticFiles(directory=page, html=True))
    else:
        app.add_api_route("/", lambda: HTMLResponse(_NO_PAGE), include_in_schema=False)
    return app


async def serve(station: Station, listener: SyslogListener, address: str, stop: asyncio.Event, *, free_port: bool) -> None:
    """Serve until `stop`. A port that is taken is said and tried again, and the listeners go on without the page meanwhile."""
    asked = page_address(address)
    token = station.context.config.web.token
    check_token(token, address)
    bound = await _page_socket(station, asked, stop, free_port=free_port)
    if bound is None:
        return
    host = asked.host
    app = application(station, None if is_loopback(host) else token)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2,
                            root_path=station.context.config.web.base_path.rstrip("/"))  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    actual = bound.getsockname()[1]
    url = f"http://{f'[{host}]' if ':' in host else host}:{actual}"
    # the token is for who looks at a terminal; a journal keeps what it is told
    with_token = f"/?token={token}" if token and not is_loopback(host) and sys.stderr.isatty() else ""
    station.ports.opened(asked, url, f"page at {url}{with_token}")
    with bound, contextlib.suppress(asyncio.CancelledError):
        serving = asyncio.create_task(_run(server, bound))
        warming = asyncio.create_task(_warm(app.state.engine))
        await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        app.state.stop.set()
        server.should_exit = True
        await serving
        await warming
        stop.set()


async def _warm(engine: Engine) -> None:
    """The first question of a process costs half a second of imports: asked before a reader waits for it."""
    with contextlib.suppress(VardeError):  # whoever asks for real is told
        await asyncio.to_thread(extent, engine)


async def _run(server: uvicorn.Server, bound: socket.socket) -> None:
    await server._serve(sockets=[bound])  # noqa: SLF001 - `serve` would take over the signals that `up` handles


async def _page_socket(station: Station, asked: Address, stop: asyncio.Event, *, free_port: bool) -> socket.socket | None:
    """A bound socket: at once, or when whoever has the port lets it go; None where `stop` came first."""
    while not stop.is_set():
        try:
            return bound_socket(asked)
        except VardeError as error:
            if free_port:
                return bound_socket(replace(asked, port=0))
            station.ports.failed(asked, error)
        station.ports.require_one()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


def _headers(path: str) -> dict[str, str]:
    """What an answer carries: a file that is one picture may run its own script, and a badge is made to be shown by other pages."""
    if path.endswith(("/fireplot.html", "/linkgraph.html", "/map.html")):
        return HEADERS | {"Content-Security-Policy": FILE_SECURITY}
    return HEADERS | ({"Cross-Origin-Resource-Policy": "cross-origin"} if "/badge/" in path else {})


def _is_own_host(request: Request, hosts: list[str]) -> bool:
    """On loopback only loopback names and those of the configuration are served, so that no web site can reach the page by
    DNS rebinding. What a proxy says in headers of its own does not count: such a site could say it too."""
    server = request.scope.get("server") or ("127.0.0.1", 0)
    named = _HOST.fullmatch(request.headers.get("host", ""))  # not the request's URL, which has the server's name for what is none
    name = named[1].strip("[]").lower() if named else ""
    return not is_loopback(server[0]) or is_loopback(name) or name in hosts


def _given(request: Request) -> str:
    return request.query_params.get("token") or request.cookies.get(COOKIE) or request.headers.get("authorization", "").removeprefix("Bearer ")


def _may_enter(request: Request, token: str) -> bool:
    return hmac.compare_digest(_given(request).encode(), token.encode())


async def _sentence(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 400, HEADERS)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [f"{'.'.join(str(p) for p in e['loc'][1:])}: {e['msg']}" for e in error.errors()[:3]]
    return JSONResponse({"detail": "; ".join(problems)}, 422, HEADERS)
