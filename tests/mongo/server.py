"""
A MongoDB wire server for the tests and for `make conformance STORE=mongodb`.

It is mongo-java-server from Maven Central, built once into `build/` (design.md, section 4). It
shows correctness over the real driver, never speed: it knows no index but the unique ones.

    python -m tests.mongo.server --port 27018 --data build/mongo-data
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "mongo-server"
SOURCES = (HERE / "pom.xml", HERE / "src/main/java/WireServer.java")
JAR = BUILD / "wire-server-1.jar"
VARIABLE = "LRS_TEST_MONGODB"
START_SECONDS = 30


class NotHere(Exception):
    """Why no server can be started on this machine."""


def why_not() -> str | None:
    """What is missing to start a server here, or None."""
    java = shutil.which("java")
    if java is None:
        return "there is no Java"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < 17:
        return "Java is older than 17"
    if shutil.which("mvn") is None and _out_of_date():
        return "there is no Maven"
    return None


def build() -> None:
    """Build the server where it is not built yet; from Maven's own copies when it has them."""
    if not _out_of_date():
        return
    command = ["mvn", "-q", "-B", "-f", str(SOURCES[0]), "package"]
    offline = subprocess.run([*command, "-o"], capture_output=True, check=False)
    if offline.returncode:
        online = subprocess.run(command, capture_output=True, text=True, check=False)
        if online.returncode:
            raise NotHere(f"Maven could not build the wire server:\n{online.stdout[-2000:]}")


@contextmanager
def running(data: Path, port: int = 0) -> Iterator[str]:
    """
    A server on the file `store.h2` in `data`, for as long as the block lasts.

    Args:
        data: A folder; what an earlier run left in it is served again.
        port: 0 for a free one.

    Returns:
        Its URL, such as "mongodb://127.0.0.1:40123".
    """
    build()
    data.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(JAR), str(BUILD / "jars" / "*")])
    java = ["java", "-XX:+UseSerialGC", "-Xmx1g", "-cp", path, "WireServer"]
    with (
        (data / "server.log").open("wb") as log,
        subprocess.Popen(
            [*java, str(port), str(data / "store.h2")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line.startswith("port "):
                raise NotHere(f"the wire server did not start: {(data / 'server.log').read_text()}")
            url = f"mongodb://127.0.0.1:{line.split()[1]}"
            wait_for(url)
            yield url
        finally:
            assert server.stdin is not None
            server.stdin.close()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(url: str) -> None:
    """Return when the server at the URL answers a ping; raise its last error after half a minute."""
    until = time.monotonic() + START_SECONDS
    with MongoClient(url, serverSelectionTimeoutMS=1000) as client:
        while True:
            try:
                client.admin.command("ping")
            except PyMongoError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return


@contextmanager
def for_tests(data: Path) -> Iterator[str]:
    """
    The server that the tests speak to: the one that LRS_TEST_MONGODB names, else one of our own.

    Raises:
        NotHere: The variable names none and none can be started.
        PyMongoError: The variable names one that does not answer.
    """
    named = os.environ.get(VARIABLE)
    if named:
        wait_for(named)
        yield named
        return
    missing = why_not()
    if missing:
        raise NotHere(f"{VARIABLE} names no server and {missing}")
    with running(data) as url:
        yield url


def _out_of_date() -> bool:
    return not JAR.exists() or any(s.stat().st_mtime > JAR.stat().st_mtime for s in SOURCES)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, default=BUILD.with_name("mongo-data"))
    arguments = parser.parse_args()
    # SIGTERM ends the wait as Ctrl-C does, so that the server is stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running(arguments.data, arguments.port) as url:
        print(f"ready {url}", flush=True)  # noqa: T201  a command's answer
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
