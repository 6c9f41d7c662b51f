"""A stateful stand-in of Amazon's SP-API and Login with Amazon over HTTP, seeded and deterministic.

A second, independent reading of the API: it imports nothing else of this project, and only the command line starts
it. Its rooms, each knowing only those below:

    server      sockets and framing; Simulator, the public entry
    service     one call: login, faults, token, role, quota, parameters, operation, log
    routes      finds the operation behind a method and a path
    orders, sales, inventory, ...   operations told by hand, one function each; a decorator registers them
    reports     the Reports API, which goes on by the clock and leads to documents
    generic     every other read operation, answered from `models`, which `reading` takes from Amazon's Swagger files
    oddities    what of an answer is odd, if it is to be odd
    login  usage_plans  faults  paging  parameters  answers     one rule of the API each
    story       the seller: marketplaces, products, orders, stock, prices; no HTTP. Frozen at one instant, or, in
                `living`, told for every instant: derived from seed and instant, never changed

To tell one more operation by hand, write one function in the module of its API, decorated with its method, path,
operationId, rate, burst and parameters as Amazon's model states them; a new module is named in `server`.
"""

from flight_server.simulator.clock import SimulatedClock
from flight_server.simulator.options import SimulatorOptions
from flight_server.simulator.server import Simulator
from flight_server.simulator.story import OrderRecord, Story

__all__ = ["OrderRecord", "SimulatedClock", "Simulator", "SimulatorOptions", "Story"]
