"""The JDBC driver, found or fetched once by Maven, and Java programs run against it.

Maven keeps what it fetched in the user's own repository; a machine without Java, Maven or a way to Maven Central skips.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

RELEASE = "RELEASE"
"""Maven's word for the newest version that there is."""

VERSIONS = ("18.2.0", RELEASE)
"""The last one before times with a zone got a type of their own, and the newest."""

ARTIFACT = "flight-sql-jdbc-driver"
SOURCES = Path(__file__).parent / "jdbc"
REPOSITORY = Path.home() / ".m2/repository/org/apache/arrow" / ARTIFACT

FETCH_SECONDS = 180
RUN_SECONDS = 120

_JVM = ("--add-opens=java.base/java.nio=ALL-UNNAMED", "-Duser.timezone=UTC")


def smoke(
    version: str, url: str, query: str, prepared: str, value: str, properties: Mapping[str, str]
) -> dict[str, Any]:
    """What `Smoke.java` tells; connection parameters beyond the URL's go in as driver properties."""
    told: dict[str, Any] = json.loads(_run(version, "Smoke.java", (url, query, prepared, value), properties))
    return told


def objects(version: str, url: str, query: str, table: str, properties: Mapping[str, str]) -> dict[str, str]:
    """What `Objects.java` tells: `ROW.COLUMN` → class and text of the value, `type.COLUMN` → JDBC's code."""
    told = _run(version, "Objects.java", (url, query, *table.split(".")), properties)
    return dict(line.split("\t", 1) for line in told.splitlines() if line)


def bound(version: str, url: str, asked: Sequence[tuple[str, str, str]], properties: Mapping[str, str]) -> list[str]:
    """What `Parameters.java` tells: the first value that each (SQL, setter, value) answers."""
    told = _run(version, "Parameters.java", (url, *(word for each in asked for word in each)), properties)
    return told.splitlines()


def _run(version: str, source: str, arguments: tuple[str, ...], properties: Mapping[str, str]) -> str:
    command = ["java", *_JVM, "-cp", str(driver(version)), str(SOURCES / source), *arguments]
    lines = "\n".join(f"{name}={text}" for name, text in properties.items())
    ended = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@cache
def driver(version: str) -> Path:
    """The driver's jar; skips the test, naming what is missing, where there is none."""
    for program, part in (("java", "a JDK"), ("javac", "a JDK")):
        if shutil.which(program) is None:
            pytest.skip(f"{part} is not installed ({program} is missing)")
    if version == RELEASE or not _jar(version).is_file():
        _fetch(version)
    found = _newest() if version == RELEASE else version
    if not _jar(found).is_file():
        pytest.skip(f"Maven keeps its repository elsewhere: {ARTIFACT} {found} is not in ~/.m2")
    return _jar(found)


def _jar(version: str) -> Path:
    return REPOSITORY / version / f"{ARTIFACT}-{version}.jar"


def _newest() -> str:
    """What Maven noted of the versions that there are, when it was asked for the newest."""
    for noted in REPOSITORY.glob("maven-metadata-*.xml"):
        if release := re.search(r"<release>([0-9.]+)</release>", noted.read_text()):
            return release[1]
    return RELEASE


def _fetch(version: str) -> None:
    if shutil.which("mvn") is None:
        pytest.skip(f"Maven (mvn) is not installed, and the JDBC driver {version} is not in ~/.m2")
    artifact = f"-Dartifact=org.apache.arrow:{ARTIFACT}:{version}"
    command = ["mvn", "-B", "-q", "dependency:get", artifact, "-Dtransitive=false"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"Maven Central did not give {ARTIFACT} {version} within {FETCH_SECONDS} s")
    if ended.returncode:
        pytest.skip(f"Maven Central did not give {ARTIFACT} {version}")
