"""What the live figures of the GPU cost: `bench_gpu_meter.py SECONDS HERTZ`.

Reads them as the wizard does and prints one JSON line: the share of one core that it took, in
percent, and the last reading.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

from wizard.jobs.telemetry import Meter, Telemetry


def main() -> None:
    seconds, hertz = float(sys.argv[1]), float(sys.argv[2])
    reading = Telemetry()
    with Meter() as meter:
        meter.read()
        began, busy = time.perf_counter(), time.process_time()
        until = began + seconds
        while time.perf_counter() < until:
            time.sleep(1 / hertz)
            reading = meter.read()
        busy, took = time.process_time() - busy, time.perf_counter() - began
    print(json.dumps({"percent": 100 * busy / took, "last": asdict(reading)}), flush=True)


if __name__ == "__main__":
    main()
