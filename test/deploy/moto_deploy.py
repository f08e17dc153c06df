"""Deploys the template to moto, in this process, and prints what came out as JSON.

moto_deploy.py TEMPLATE < calls.json
moto's CloudFormation knows buckets, roles, the launch template, the group, the instance and the topic. The resources that
it does not know come in as API calls with the template's own values, [[service, method, arguments], ...]; boto3
checks their shape against the service's description, and moto carries them out.
"""

import ast
import json
import os
import sys

for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ[name] = "testing"
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
os.environ.pop("AWS_PROFILE", None)

import boto3  # noqa: E402  (boto3 and moto read the environment when they are imported)
from moto import mock_aws  # noqa: E402

# moto asks for an instance's image, which on AWS may come from the launch template alone.
WORKER = "      LaunchTemplate:\n        LaunchTemplateId: !Ref WorkerTemplate\n"


def deploy(path):
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["SubnetId"]
    parameters = {
        "SourceSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:fernlake/source-AbCdEf",
        "FernetKeySecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:fernlake/fernet-AbCdEf",
        "AlarmEmail": "team@example.com",
        "ReleaseUri": "s3://programs/fernlake-0.1.0.tgz",
        "ReleaseSha256": "a" * 64,
        "TemporalCliUri": "s3://programs/temporal-arm64",
        "TemporalCliSha256": "b" * 64,
        "WorkerSettings": "FERNLAKE_SLOT=5m FERNLAKE_LATENESS=10m",
        "VpcId": vpc,
        "SubnetId": subnet,
    }
    with open(path, encoding="utf-8") as file:
        body = file.read()
    assert WORKER in body
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="fernlake",
        TemplateBody=body.replace(WORKER, "      ImageId: !Ref ImageId\n" + WORKER),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    stack = cloudformation.describe_stacks(StackName="fernlake")["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName="fernlake")["StackResources"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources if "LogicalResourceId" in each}
    return stack, ids


def role(name):
    iam = boto3.client("iam")

    def document(policy):
        found = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        # moto keeps a policy that came by CloudFormation as Python's text of it.
        return ast.literal_eval(found) if isinstance(found, str) else found

    return {
        "inline": {each: document(each) for each in iam.list_role_policies(RoleName=name)["PolicyNames"]},
        "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
    }


def main():
    with mock_aws():
        stack, ids = deploy(sys.argv[1])
        for service, method, arguments in json.load(sys.stdin):
            getattr(boto3.client(service), method)(**arguments)
        ec2, s3 = boto3.client("ec2"), boto3.client("s3")
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=ids["WorkerTemplate"])
        encryption = s3.get_bucket_encryption(Bucket=ids["Lake"])["ServerSideEncryptionConfiguration"]["Rules"]
        answer = {
            "status": stack["StackStatus"],
            "outputs": {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]},
            "lakeEncryption": encryption[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "role": role(ids["WorkerRole"]),
            "launch": versions["LaunchTemplateVersions"][0]["LaunchTemplateData"],
            "inbound": ec2.describe_security_groups(GroupIds=[ids["WorkerSecurityGroup"]])["SecurityGroups"][0][
                "IpPermissions"
            ],
            "logs": boto3.client("logs").describe_log_groups()["logGroups"],
            "table": boto3.client("glue").get_table(DatabaseName="fernlake", Name="logs")["Table"],
            "workgroup": boto3.client("athena").get_work_group(WorkGroup="fernlake")["WorkGroup"],
            "alarms": [each["MetricName"] for each in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        }
    json.dump(answer, sys.stdout, default=str)


main()
