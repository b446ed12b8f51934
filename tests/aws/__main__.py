"""Starts the stand-in: `python -m aws --port 0 --scenarios DIR`, from the directory above this one."""

import argparse
import os
import pathlib
import signal
import sys
import threading

# Both libraries read these when they are imported.
os.environ["MINISTACK_REGION"] = "us-east-1"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"


def main() -> None:
    """Serves until SIGTERM or SIGINT; prints the address on stdout once requests are answered."""
    options = argparse.ArgumentParser(prog="aws", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0 takes any free port")
    options.add_argument("--scenarios", type=pathlib.Path, default=pathlib.Path("scenarios"))
    options.add_argument("--load", action="append", default=[], metavar="NAME[=ACCOUNT]",
                         help="load a scenario before the first request")
    options.add_argument("--verbose", action="store_true", help="one line a call on stderr")
    options.add_argument("--while-stdin", action="store_true",
                         help="end when standard input does: with whoever started it, however that ends")
    chosen = options.parse_args()

    from . import control, server

    served = server.serve(chosen.port, chosen.scenarios, verbose=chosen.verbose)
    for wanted in chosen.load:
        name, _, account = wanted.partition("=")
        control.load_scenario(served.scenarios, {"name": name, "account": account or None})

    def stop(*_: object) -> None:
        threading.Thread(target=served.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if chosen.while_stdin:
        def wait() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            stop()
        threading.Thread(target=wait, daemon=True).start()
    print(f"listening on {served.address}", flush=True)
    served.serve_forever(poll_interval=0.1)
    served.server_close()
    sys.exit(0)


if __name__ == "__main__":
    main()
