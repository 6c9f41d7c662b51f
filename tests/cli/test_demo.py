import signal

from tests.cli.running import line_with, started

WAIT_SECONDS = 150


def test_it_shows_queries_costs_and_connection_strings_and_ends_with_0() -> None:
    with started("demo") as demo:
        out, err = demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 0, err
    assert out.count("API call") >= 4
    assert "getOrderItems" in out
    assert "jdbc:arrow-flight-sql://127.0.0.1:" in out
    assert "Driver={Apache Arrow Flight SQL ODBC Driver};" in out
    assert "flightsql.connect(" in out
    assert max(len(line) for line in out.splitlines() if "://" not in line and "SELECT" not in line) <= 110
    assert err == ""


def test_with_keep_it_goes_on_until_it_is_told_to_stop() -> None:
    with started("demo", "--keep", "--seed", "7") as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Driver="):
                break
        line_with(demo, "serving on grpc://127.0.0.1:")
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 0
