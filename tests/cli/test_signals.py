"""Being told to stop, at any moment."""

import os
import signal
import threading

from flight_server.cli.signals import wait_for_stop


def test_a_signal_at_the_moment_of_waiting_is_not_lost() -> None:
    for delay in range(40):
        with wait_for_stop() as stopped:
            threading.Timer(delay * 0.00005, os.kill, (os.getpid(), signal.SIGTERM)).start()
            stopped.wait()
            assert stopped.is_set()
