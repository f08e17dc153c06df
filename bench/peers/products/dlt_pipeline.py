"""One run of dlt: its REST API source, incremental by record, a mapping step that decrypts, files as the destination.

As its documentation has it: an incremental cursor and a primary key on the resource, `processing_steps` for what the
source cannot do by itself, the filesystem destination with append. The state lives beside the data.
"""

import ast
import sys

import dlt
from cryptography.fernet import Fernet
from dlt.sources.rest_api import rest_api_source

url, out_dir, key = sys.argv[1:4]
base, path = url.rsplit("/api/", 1)
fernet = Fernet(key)


def decrypt(envelope):
    record = ast.literal_eval(fernet.decrypt(envelope["data"]).decode())
    # dlt would turn the text of inDate into a timestamp with its own spelling; detail becomes detail__message and so on.
    return {"recordId": envelope["recordId"], **record}


source = rest_api_source(
    {
        "client": {"base_url": f"{base}/api/", "paginator": "single_page"},
        "resources": [
            {
                "name": "log",
                "primary_key": "recordId",
                "write_disposition": "append",
                "endpoint": {
                    "path": path,
                    "incremental": {"cursor_path": "recordId", "initial_value": 0, "row_order": "asc"},
                },
                "processing_steps": [{"map": decrypt}],
                "columns": {"inDate": {"data_type": "text"}},
            }
        ],
    }
)
pipeline = dlt.pipeline(
    pipeline_name="log",
    pipelines_dir=f"{out_dir}/state",
    destination=dlt.destinations.filesystem(bucket_url=f"file://{out_dir}/lake"),
    dataset_name="logs",
)
pipeline.run(source, loader_file_format="jsonl")
