import signal

from tests.cli.running import line_with, started

WAIT_SECONDS = 150


CONNECTION_STRINGS = ("jdbc:arrow-flight-sql://127.0.0.1:", "Driver={Apache Arrow", "flightsql.connect(")


def test_it_shows_queries_and_costs_and_ends_with_0() -> None:
    with started("demo") as demo:
        out, err = demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 0, err
    assert out.count("API call") >= 4
    assert "getOrderItems" in out
    assert not [text for text in CONNECTION_STRINGS if text in out], "nothing answers there any more"
    assert "--keep" in out
    assert max(map(len, out.splitlines())) <= 110, "the plan is folded, too"
    assert err == ""


def test_with_keep_it_goes_on_until_it_is_told_to_stop() -> None:
    with started("demo", "--keep", "--seed", "7") as demo:
        assert demo.stdout is not None
        out = ""
        for line in demo.stdout:
            out += line
            if line.startswith("Driver="):
                break
        assert all(text in out for text in CONNECTION_STRINGS)
        line_with(demo, "serving on grpc://127.0.0.1:")
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 0
