"""Reads what landed with gzip and json alone, and compares it with the answers that were served, field by field.

In: {lake, table, answers: [text, …], reader}. Out: {records, landed, refused: [id, …], faults: [text, …]}.
"""

import ast, base64, datetime, glob, gzip, json, os, sys, uuid, zoneinfo

given = json.load(sys.stdin)
reader = given["reader"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"]


def record_of(element):
    if reader["payload"] is None:
        return element
    payload = element[reader["payload"]]
    if reader["writing"] == "python":
        payload = ast.literal_eval(payload)
    elif reader["writing"] == "json":
        payload = json.loads(payload)
    if "idInFront" in reader:
        payload = {reader["idInFront"]: element[reader["id"]], **payload}
    return payload


def hour_of(record):
    time, value = reader["time"], record[reader["time"]["field"]]
    if time["format"].startswith("epoch"):
        at = datetime.datetime.fromtimestamp(value / (1000 if time["format"] == "epoch_ms" else 1), datetime.timezone.utc)
    else:
        at = datetime.datetime.strptime(value, time["format"])
        if "zone" in time:
            at = at.replace(tzinfo=zoneinfo.ZoneInfo(time["zone"]))
    return at.astimezone(datetime.timezone.utc).strftime("year=%Y/month=%m/day=%d/hour=%H")


def undone(code, text):
    """The text as it came."""
    if "=" in text:
        return text[text.index("=") + 1 :]
    if isinstance(code, list):
        return code[int(text) - 1]
    if code == "http_method":
        return METHODS[int(text) - 1]
    if code == "hex":
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return raw.hex() if len(raw) == 32 else str(uuid.UUID(bytes=raw))
    at = datetime.datetime.strptime(text, "%y%m%d%H%M%S%f")
    return at.isoformat(timespec="milliseconds") + "Z"


def same(one, other):
    """Equal, and of the same JSON type: 1 is not True, and not 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


expected = {}
for text in given["answers"]:
    elements = json.loads(text)
    for name in reader["path"]:
        elements = elements[name]
    for element in elements or []:
        expected[element[reader["id"]]] = record_of(element)

faults, landed = [], set()
row_id = reader.get("idInFront", given["idColumn"])
for file in sorted(glob.glob(os.path.join(given["table"], "**", "*.json.gz"), recursive=True)):
    order = []
    for line in gzip.open(file, "rt", encoding="utf-8"):
        row = json.loads(line)
        for name, code in reader.get("codes", {}).items():
            row[name] = undone(code, row[name])
        record = expected.get(row[row_id])
        if record is None:
            faults.append(f"{row[row_id]} was never served")
        elif not same(record, row):
            names = [name for name in {**record, **row} if not same(record.get(name), row.get(name))]
            faults.append(f"{row[row_id]} differs in {names or 'the order of its fields'}")
        elif hour_of(record) not in file:
            faults.append(f"{row[row_id]} of {hour_of(record)} is in {file}")
        if row[row_id] in landed:
            faults.append(f"{row[row_id]} landed twice")
        landed.add(row[row_id])
        order.append(row[row_id].encode() if isinstance(row[row_id], str) else row[row_id])
    if order != sorted(order):
        faults.append(f"{file} is not in the order of ids")
json.dump(
    {
        "records": len(expected),
        "landed": len(landed),
        "refused": sorted(set(expected) - landed),
        "faults": faults[:10],
    },
    sys.stdout,
)
