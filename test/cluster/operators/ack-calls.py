# Makes the calls that ACK's prometheusservice controller 1.4.3 makes for the objects on standard input, with AWS's own model of the API,
# and prints what AWS returns. pkg/resource/*/sdk.go and hooks.go; without the controller's retries.
import json
import sys

import boto3
from botocore.stub import Stubber

objects = {o["kind"]: o["spec"] for o in json.load(sys.stdin)}
amp = boto3.client("amp", endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="any", aws_secret_access_key="any")

# workspace: newCreateRequestPayload; then alias and tags are compared with DescribeWorkspace
workspace = objects["Workspace"]
created = amp.create_workspace(alias=workspace["alias"], tags=workspace.get("tags", {}))
id = created["workspaceId"]
described = amp.describe_workspace(workspaceId=id)["workspace"]

# rule_groups_namespace: data are the bytes of the configuration
rules = objects["RuleGroupsNamespace"]
named = {"workspaceId": id, "name": rules["name"]}
data = rules["configuration"].encode()
amp.create_rule_groups_namespace(**named, data=data, tags=rules.get("tags", {}))
first = amp.describe_rule_groups_namespace(**named)["ruleGroupsNamespace"]
amp.put_rule_groups_namespace(**named, data=data + b"\n")
second = amp.describe_rule_groups_namespace(**named)["ruleGroupsNamespace"]

# alert_manager_definition: moto has none, so only the request is checked, against the model
definition = objects["AlertManagerDefinition"]["configuration"].encode()
with Stubber(amp) as stub:
    request = {"workspaceId": id, "data": definition}
    stub.add_response("create_alert_manager_definition", {"status": {"statusCode": "CREATING"}}, request)
    alertmanager = amp.create_alert_manager_definition(**request)["status"]["statusCode"]

json.dump(
    {
        "alias": described["alias"],
        "workspaceTags": described["tags"],
        "workspaceStatus": described["status"]["statusCode"],
        "configuration": first["data"].decode(),
        "updated": second["data"].decode(),
        "tags": first["tags"],
        "status": first["status"]["statusCode"],
        "alertmanager": alertmanager,
    },
    sys.stdout,
)
