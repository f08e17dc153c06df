"""Packs standard input with packers that write gzip's format, and says how large and how dear each is as JSON."""

import json
import sys
import time

import deflate
import zopfli.gzip

rows = sys.stdin.buffer.read()
ways = {
    "libdeflate 12 (deflate 0.9.0)": lambda: deflate.gzip_compress(rows, 12),
    "zopfli, 15 iterations (zopfli 0.4.3)": lambda: zopfli.gzip.compress(rows, numiterations=15),
}
for name, pack in ways.items():
    start = time.process_time()
    size = len(pack())
    print(json.dumps({"name": name, "bytes": size, "cpuSeconds": time.process_time() - start}))
