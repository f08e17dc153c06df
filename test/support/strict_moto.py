"""moto's server, which refuses of Glue what Glue's own model refuses: strict_moto.py PORT

moto takes any request that it can read, and the JavaScript SDK checks none. botocore carries the model that the service
is described by; here every body that comes in is held against it, with its lengths, patterns and enumerations, and answered
as Glue answers. `GET /requests` gives the operations that came in, `{"CreateTable": 3}`.
"""

import io
import json
import re
import sys
from collections import Counter

import botocore.session
from botocore.validate import ParamValidator
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

MODEL = botocore.session.get_session().get_service_model("glue")
TARGET = "AWSGlue."
requests = Counter()


def limits(shape, value, path):
    """What botocore leaves to the service: longest lengths, patterns, values of an enumeration."""
    rules = shape.metadata
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from limits(shape.members[name], each, f"{path}.{name}")
        return
    if shape.type_name in ("list", "map", "string") and len(value) > rules.get("max", sys.maxsize):
        yield f"{path}: length {len(value)}, at most {rules['max']}"
    if shape.type_name == "list":
        for i, each in enumerate(value):
            yield from limits(shape.member, each, f"{path}[{i}]")
    if shape.type_name == "map":
        for key, each in value.items():
            yield from limits(shape.key, key, f"{path} (key)")
            yield from limits(shape.value, each, f"{path}.{key}")
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is none of {shape.enum}"
        if "pattern" in rules and not matches(rules["pattern"], value):
            yield f"{path}: does not match {rules['pattern']}"


def matches(pattern, value):
    # Java's spelling of a character beyond the 16-bit plane is a pair; Python's is one. "\p{L}" is not Python's at all.
    pattern = pattern.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\U00010000-\U0010ffff")
    return "\\p{" in pattern or re.fullmatch(pattern, value) is not None


def fault(operation, body):
    shape = MODEL.operation_model(operation).input_shape
    report = ParamValidator().validate(body, shape)
    if report.has_errors():
        return report.generate_report()
    return "; ".join(limits(shape, body, operation))


def strict(inner):
    def application(environ, start_response):
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if environ["PATH_INFO"] == "/requests":
            start_response("200 OK", [("content-type", "application/json")])
            return [json.dumps(requests).encode()]
        if not target.startswith(TARGET):
            return inner(environ, start_response)
        operation = target[len(TARGET) :]
        requests[operation] += 1
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        said = fault(operation, json.loads(raw or b"{}"))
        if said:
            start_response("400 Bad Request", [("content-type", "application/x-amz-json-1.1")])
            return [json.dumps({"__type": "ValidationException", "message": said}).encode()]
        environ["wsgi.input"] = io.BytesIO(raw)
        return inner(environ, start_response)

    return application


run_simple("127.0.0.1", int(sys.argv[1]), strict(DomainDispatcherApplication(create_backend_app)), threaded=True)
