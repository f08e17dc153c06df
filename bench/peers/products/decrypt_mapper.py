"""A Singer mapper: between a tap and a target, it replaces the token of each record by what the token holds."""

import ast
import json
import sys

from cryptography.fernet import Fernet

fernet = Fernet(sys.argv[1])
NAMES = ["user_id", "activity", "url", "method", "name", "inDate"]
TEXT = {"type": ["string", "null"]}

for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "SCHEMA":
        properties = message["schema"]["properties"]
        properties.pop("data", None)
        message["schema"]["required"] = ["recordId"]
        properties.update({name: TEXT for name in NAMES})
        properties["record_id"] = {"type": ["integer", "null"]}
        properties["detail"] = {"type": ["object", "null"], "properties": {"message": TEXT, "levelname": TEXT}}
    elif message["type"] == "RECORD":
        envelope = message["record"]
        envelope.update(ast.literal_eval(fernet.decrypt(envelope.pop("data")).decode()))
    sys.stdout.write(json.dumps(message) + "\n")
