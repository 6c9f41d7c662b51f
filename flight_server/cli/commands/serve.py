"""`spapi-flight serve`: the server, until it is told to stop."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import click

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.environment import allowed_hosts_option, forget_after_option, option
from flight_server.cli.logs import FORMATS, LEVELS, logging_to, say
from flight_server.cli.open_door import is_loopback
from flight_server.cli.signals import wait_for_stop
from flight_server.connection.setting_values import BadValue, as_bytes
from flight_server.protocol import Tls, read_tls

DRAIN_SECONDS = 20.0
"""How long running queries may go on after SIGTERM; Kubernetes kills after thirty seconds, and so does compose.yaml."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _size(_: click.Context, __: click.Parameter, text: str) -> int:
    try:
        return as_bytes(text)
    except BadValue as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@option("--config", type=_FILE, help="File with profiles: connection parameters that live on the server.")
@option("--host", default="127.0.0.1", help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=31337, help="Port to listen on; 0 takes a free one.")
@option("--tls-cert", type=_FILE, help="Certificate chain (PEM).")
@option("--tls-key", type=_FILE, help="Private key of the certificate (PEM).")
@option("--tls-client-ca", type=_FILE, help="Clients must show a certificate of this authority (PEM).")
@option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory where reports outlive the server, and rows that MaxAge lets be told again.",
)
@option("--documents-limit", default="5GB", callback=_size, help="Most that is kept of reports' documents.")
@option("--health-port", type=click.IntRange(0, 65535), help="Port of /healthz, /readyz and /metrics; none without it.")
@option(
    "--log-format", type=click.Choice(FORMATS), default="text", help="How each event is written, on a line of stderr."
)
@option("--log-level", type=click.Choice(LEVELS), default="info", help="Least events written; debug has SQL and calls.")
@forget_after_option
@option(
    "--insecure-anyone-may-read",
    "anyone_may_read",
    is_flag=True,
    help="Listen beyond loopback even without TLS or authentication.",
)
@allowed_hosts_option
def serve(
    config: Path | None,
    host: str,
    port: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_client_ca: Path | None,
    data: Path | None,
    documents_limit: int,
    health_port: int | None,
    log_format: str,
    log_level: str,
    forget_after: timedelta | None,
    anyone_may_read: bool,
    allowed_hosts: tuple[str, ...],
) -> None:
    """Serve Flight SQL to ODBC, JDBC and ADBC clients.

    Connection parameters in the environment are the defaults of every connection.
    """
    tls = _tls(tls_cert, tls_key, tls_client_ca)
    options = ServerOptions(
        is_alone=True,
        host=host,
        port=port,
        allowed_hosts=allowed_hosts,
        config=config,
        tls=tls,
        anyone_may_read=anyone_may_read,
        data=data,
        documents_limit=documents_limit,
        health_port=health_port,
        forget_after=forget_after,
    )
    with logging_to(sys.stderr, log_format, log_level):
        if anyone_may_read and not is_loopback(host):
            say(f"WARNING: {host} can be reached from other machines, and whoever reaches it may read")
        with wait_for_stop() as stopped, running_server(options) as server:
            say(f"listening on {server.location}", location=server.location)
            if data is None:
                say("no --data: which reports were asked for is kept in memory and forgotten at the end")
            stopped.wait()
            say("stopping; running queries may finish")
            is_over = server.shutdown(DRAIN_SECONDS)
    if not is_over:
        # A client holds its stream without reading it; gRPC would wait for it without end.
        os._exit(0)


def _tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> Tls | None:
    if cert is None and key is None and client_ca is None:
        return None
    if cert is None or key is None:
        raise click.UsageError("TLS needs both --tls-cert and --tls-key")
    return read_tls(cert, key, client_ca)
