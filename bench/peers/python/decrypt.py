"""Decrypts every token of a file again and again for some seconds and says what it cost as JSON."""

import hashlib
import json
import resource
import sys
import time

from cryptography.fernet import Fernet


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


key, file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
fernet = Fernet(key)
with open(file, "rb") as lines:
    tokens = lines.read().split()
digest = hashlib.sha256()
for token in tokens:
    digest.update(fernet.decrypt(token))
count, cpu, start = 0, cpu_seconds(), time.perf_counter()
while time.perf_counter() - start < seconds:
    for token in tokens:
        fernet.decrypt(token)
    count += len(tokens)
result = {
    "tokens": count,
    "seconds": time.perf_counter() - start,
    "cpuSeconds": cpu_seconds() - cpu,
    "sha256": digest.hexdigest(),
    "distinct": len(tokens),
}
print(json.dumps(result))
