"""Where this process listens: download URLs point back here. `server` sets it."""

BASE = "http://127.0.0.1:0"
