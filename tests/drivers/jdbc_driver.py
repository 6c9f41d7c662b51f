"""The JDBC driver, found or fetched once by Maven, and a Java program run against it.

Maven keeps what it fetched in the user's own repository; a machine without Java, Maven or a way to Maven Central skips.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VERSION = "18.3.0"
ARTIFACT = "flight-sql-jdbc-driver"
SOURCES = Path(__file__).parent / "jdbc"

FETCH_SECONDS = 180
RUN_SECONDS = 120

_JVM = ("--add-opens=java.base/java.nio=ALL-UNNAMED", "-Duser.timezone=UTC")


def smoke(url: str, query: str, prepared: str, value: str, properties: Mapping[str, str]) -> dict[str, Any]:
    """What `Smoke.java` tells; connection parameters beyond the URL's go in as driver properties."""
    command = ["java", *_JVM, "-cp", str(driver()), str(SOURCES / "Smoke.java"), url, query, prepared, value]
    lines = "\n".join(f"{name}={text}" for name, text in properties.items())
    ended = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


@cache
def driver() -> Path:
    """The driver's jar; skips the test, naming what is missing, where there is none."""
    for program, part in (("java", "a JDK"), ("javac", "a JDK")):
        if shutil.which(program) is None:
            pytest.skip(f"{part} is not installed ({program} is missing)")
    jar = Path.home() / ".m2/repository/org/apache/arrow" / ARTIFACT / VERSION / f"{ARTIFACT}-{VERSION}.jar"
    if not jar.is_file():
        _fetch()
    if not jar.is_file():
        pytest.skip(f"Maven keeps its repository elsewhere: {ARTIFACT} {VERSION} is not in ~/.m2")
    return jar


def _fetch() -> None:
    if shutil.which("mvn") is None:
        pytest.skip(f"Maven (mvn) is not installed, and the JDBC driver {VERSION} is not in ~/.m2")
    artifact = f"-Dartifact=org.apache.arrow:{ARTIFACT}:{VERSION}"
    command = ["mvn", "-B", "-q", "dependency:get", artifact, "-Dtransitive=false"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"Maven Central did not give {ARTIFACT} {VERSION} within {FETCH_SECONDS} s")
    if ended.returncode:
        pytest.skip(f"Maven Central did not give {ARTIFACT} {VERSION}")
