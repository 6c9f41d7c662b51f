"""Spark reads a table through Apache's JDBC driver; where pyspark, Java and the driver are present."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.drivers.jdbc_driver import RELEASE, driver
from tests.server_fixtures import CREDENTIALS, Stack

PROGRAM = """
import json, sys
from pyspark.sql import SparkSession
asked = json.loads(sys.stdin.read())
spark = (
    SparkSession.builder.master("local[1]").config("spark.jars", asked["jar"]).config("spark.ui.enabled", "false")
    .config("spark.driver.extraJavaOptions", asked["java"]).config("spark.sql.session.timeZone", "UTC").getOrCreate()
)
reader = spark.read.format("jdbc").option("driver", "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver")
rows = reader.option("url", asked["url"]).option("dbtable", asked["table"]).options(**asked["parameters"]).load()
print(json.dumps({
    "count": rows.count(),
    "types": dict(rows.dtypes),
    "shipped": rows.filter("order_status = 'Shipped'").count(),
    "newest": rows.agg({"purchase_date": "max"}).first()[0].isoformat(),
}))
"""


@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed")
def test_spark_reads_the_orders_by_jdbc(stack: Stack) -> None:
    told = json.loads(read(stack))
    (expected,) = stack.query(
        "SELECT count(*) AS n, count(*) FILTER (WHERE order_status = 'Shipped') AS shipped, "
        "max(purchase_date) AS newest FROM orders.orders WHERE purchase_date >= '2026-06-01'"
    )
    assert (told["count"], told["shipped"]) == (expected["n"], expected["shipped"])
    assert told["newest"] == expected["newest"].replace(tzinfo=None).isoformat()
    assert told["types"]["purchase_date"] in ("timestamp", "timestamp_ntz")
    assert told["types"]["order_total_amount"].startswith("decimal")


def read(stack: Stack) -> str:
    java = "--add-opens=java.base/java.nio=ALL-UNNAMED -Duser.timezone=UTC"
    asked = {
        "jar": str(driver(RELEASE)),
        "java": java,
        "url": f"jdbc:arrow-flight-sql://{stack.server.location.removeprefix('grpc://')}/?useEncryption=false",
        "table": "(SELECT * FROM orders.orders WHERE purchase_date >= '2026-06-01') AS o",
        "parameters": {**CREDENTIALS, **stack.addresses()},
    }
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=280, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout.strip().splitlines()[-1]
