import re
import signal

from tests.cli.running import line_with, started

WAIT_SECONDS = 150


CONNECTION_STRINGS = (
    "jdbc:arrow-flight-sql://127.0.0.1:",
    "Driver={Apache Arrow",
    "flightsql.connect(",
    "spapi://127.0.0.1:",
)


def strings(out: str) -> str:
    """What is printed from the first connection string on."""
    return out[out.index("Connect by ADBC") : out.index("Driver={Apache Arrow")]


def test_it_shows_queries_and_costs_and_ends_with_0_and_its_strings_open_what_it_says_how_to_keep() -> None:
    with started("demo") as demo:
        out, err = demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 0, err
    assert out.count("API call") >= 4
    assert "getOrderItems" in out
    assert all(text in out for text in CONNECTION_STRINGS)
    assert max(map(len, out[: out.index("Connect by ADBC")].splitlines())) <= 110, "the plan is folded, too"
    assert err == ""
    command = re.search(r'make demo ARGS="([^"]+)"', out)
    assert command is not None
    with started("demo", *command[1].split()) as kept:
        assert kept.stdout is not None
        again = ""
        for line in kept.stdout:
            again += line
            if line.startswith("Driver="):
                break
        assert strings(again) == strings(out)
        line_with(kept, "serving on grpc://127.0.0.1:")
        kept.send_signal(signal.SIGTERM)
        kept.communicate(timeout=WAIT_SECONDS)
    assert kept.returncode == 0
