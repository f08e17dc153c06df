"""What the author of the pipeline that fernlake replaces would write: decrypt, compact, partition by hour, gzip.

The comparison of every record with every other is left out: a dict by record_id does the same. Rows come out in the form
that fernlake lands, so that both can be held against each other.
"""

import ast
import base64
import glob
import gzip
import json
import os
import sys
from collections import defaultdict

from cryptography.fernet import Fernet

METHODS = {"GET": "1", "POST": "2", "PUT": "3", "PATCH": "4", "DELETE": "5"}
URLS = {"/api/products/product/": "1"}

key, raw_dir, out_dir = sys.argv[1:4]
fernet = Fernet(key)


def compact(record):
    time = record["inDate"]
    record["user_id"] = base64.urlsafe_b64encode(bytes.fromhex(record["user_id"])).decode().rstrip("=")
    record["url"] = URLS.get(record["url"], "=" + record["url"])
    record["method"] = METHODS.get(record["method"], "=" + record["method"])
    record["inDate"] = "".join(c for c in time if c.isdigit())[2:]
    return record, time[:13]


hours = defaultdict(dict)
for name in sorted(glob.glob(os.path.join(raw_dir, "**", "*.json.gz"), recursive=True)):
    with gzip.open(name) as answer:
        envelopes = json.load(answer)
    for envelope in envelopes:
        text = fernet.decrypt(envelope["data"]).decode()
        row, hour = compact(ast.literal_eval(text))
        hours[hour].setdefault(row["record_id"], json.dumps(row, separators=(",", ":"), ensure_ascii=False))

for hour, rows in hours.items():
    day, clock = hour.split("T")
    year, month, date = day.split("-")
    folder = os.path.join(out_dir, f"year={year}/month={month}/day={date}/hour={clock}")
    os.makedirs(folder, exist_ok=True)
    with gzip.open(os.path.join(folder, "logs.json.gz"), "wt", encoding="utf-8") as table:
        for _, row in sorted(rows.items()):
            table.write(row + "\n")
