"""Runs SQL in Spark. Standard input: {"folder", "zone", "setup": [sql], "queries": {name: sql}, "hive": [sql]}.
The last line of standard output: {"results": {name: rows}, "hive": [tree of Hive's own grammar]}."""

import json
import sys

from pyspark.sql import SparkSession

job = json.load(sys.stdin)
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", job["zone"])
    .config("spark.sql.warehouse.dir", job["folder"] + "/warehouse")
    .config(
        "spark.hadoop.javax.jdo.option.ConnectionURL",
        "jdbc:derby:;databaseName=" + job["folder"] + "/metastore;create=true",
    )
    .config("spark.driver.extraJavaOptions", "-Dderby.system.home=" + job["folder"])
    .enableHiveSupport()
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
for statement in job["setup"]:
    spark.sql(statement)
results = {name: [list(row) for row in spark.sql(sql).collect()] for name, sql in job["queries"].items()}
driver = spark._jvm.org.apache.hadoop.hive.ql.parse.ParseDriver()
trees = [driver.parse(sql).toStringTree() for sql in job["hive"]]
spark.stop()
print()
print(json.dumps({"results": results, "hive": trees}, default=str))
