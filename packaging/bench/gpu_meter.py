"""What the live figures of the GPU cost: `gpu_meter.py SECONDS HERTZ`.

Reads them as the wizard does, one JSON line a reading, with ``second`` since the start; the last
line is the share of one core that it took, in percent. A first line without figures says that
the readings begin.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

from wizard.jobs.telemetry import Meter


def main() -> None:
    seconds, hertz = float(sys.argv[1]), float(sys.argv[2])
    with Meter() as meter:
        meter.read()
        print("{}", flush=True)
        began, busy = time.perf_counter(), time.process_time()
        while (second := time.perf_counter() - began) < seconds:
            print(json.dumps({"second": round(second, 2), **asdict(meter.read())}), flush=True)
            time.sleep(1 / hertz)
        busy, took = time.process_time() - busy, time.perf_counter() - began
    print(json.dumps({"percent": 100 * busy / took}), flush=True)


if __name__ == "__main__":
    main()
