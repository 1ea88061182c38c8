"""For make-aws.sh: the rows of a state folder for put.rs, and what then stands in the tables, queues and bucket as a fixture."""

import base64
import json
import pathlib
import sqlite3
import sys
import time

HERE = pathlib.Path(__file__).parent
NOON_AND_TWO_HOURS = 1_672_538_401_000


def rows(state: str) -> dict:
    file = sqlite3.connect(":memory:")
    file.row_factory = sqlite3.Row
    file.executescript(pathlib.Path(state).read_text())

    def table(sql: str) -> list[dict]:
        return [dict(row) for row in file.execute(sql)]

    def letter(row: dict) -> dict:
        members = ("id", "message", "installation", "function", "team", "created_at")
        json_members = {name: json.loads(row[name]) for name in ("reason", "redrive")}
        return {name: row[name] for name in members} | json_members | {"body": list(row["body"])}

    def message(row: dict) -> dict:
        return {name: row[name] for name in ("id", "not_before", "team", "body")} | {"lane": json.loads(row["lane"])}

    counter = table("SELECT app, key, CAST(text AS INTEGER) AS count FROM cache_key WHERE key = 'counter'")
    apps = [("keeper", {"fails": "no"}), ("later", {"set_up": "fine"})]
    installations = [
        {
            "id": number,
            "team": 2,
            "slug": slug,
            "bundle": {"v": 1, "files": {path.name: path.read_text() for path in sorted((HERE / "apps" / slug).iterdir())}},
            "config": config,
            "order": number - 1,
        }
        for number, (slug, config) in enumerate(apps, 1)
    ]
    return {
        "now": NOON_AND_TWO_HOURS,
        "texts": table("SELECT app, key, text FROM cache_key WHERE text IS NOT NULL AND key <> 'counter'"),
        "increments": [row | {"operation": f"{index}.0"} for row in counter for index in range(row["count"])],
        "elements": table("SELECT app, key, element FROM cache_element JOIN cache_key ON id = key_id ORDER BY position DESC"),
        "storage": table("SELECT installation, key, json FROM storage"),
        "documents": table("SELECT key, json FROM document"),
        "letters": [letter(row) for row in table("SELECT * FROM dead_letter")],
        "messages": [message(row) for row in table("SELECT * FROM delayed_message")],
        "installations": {"v": 1, "tokens": {"phc_x": 2}, "installations": installations},
    }


def plain(value):
    """A value of DynamoDB as JSON: bytes as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def dump(endpoint: str, account: str, installations: str) -> dict:
    import boto3

    def client(service: str):
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
        return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **keys)

    time.sleep(15)  # until the messages that wait in queues can be received
    tables, queues, objects = client("dynamodb"), client("sqs"), client("s3")
    fixture = {"tables": {}, "queues": {}, "objects": {}, "installations": json.loads(installations)}
    for name in tables.list_tables()["TableNames"]:
        fixture["tables"][name] = [plain(item) for item in tables.scan(TableName=name)["Items"]]
    for url in queues.list_queues()["QueueUrls"]:
        messages = []
        while found := queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in found:
                attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
                group = message.get("Attributes", {}).get("MessageGroupId")
                messages.append({"body": message["Body"], "attributes": attributes, "group": group})
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if messages:
            fixture["queues"][url.rsplit("/", 1)[1]] = messages
    for bucket in objects.list_buckets()["Buckets"]:
        for found in objects.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            body = objects.get_object(Bucket=bucket["Name"], Key=found["Key"])["Body"].read()
            fixture["objects"][found["Key"]] = body.decode()
    return fixture


if __name__ == "__main__":
    made = rows(sys.argv[2]) if sys.argv[1] == "rows" else dump(*sys.argv[2:])
    print(json.dumps(made, indent=1, ensure_ascii=False))
