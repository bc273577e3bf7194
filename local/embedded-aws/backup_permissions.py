"""The permissions that requests of AWS Backup need.

ministack checks most of them against "*", knows no access policy of a vault, and lets anybody pass any role.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import re

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region
from ministack.services import backup, tagging

import backup_state
import caller_permissions
from backup_roles import SERVICE_PRINCIPAL

SERVICE = "backup"

POINT = re.compile(r"/backup-vaults/[^/]+/recovery-points/(?P<point>.+?)(/(index|restore-metadata|disassociate))?")
VAULT = re.compile(r"/backup-vaults/(?P<name>[^/]+)(/.*)?")
PLAN = re.compile(r"/backup/plans/(?P<plan>[^/]+)(/.*)?")
TAGGED = re.compile(r"/(tags|untag)/(?P<arn>.+)")

LOCK_KEYS = ("ChangeableForDays", "MaxRetentionDays", "MinRetentionDays")
VAULT_KEY_ACTIONS = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey", "RetireGrant")


def backup_permissions():
    """IAM checks the vault, plan or recovery point of a request, its tags, and the access policy of the vault.

    Who gives AWS Backup a role needs iam:PassRole for it, and who makes a vault the use of its key.
    """
    extract, request_tags = iam_actions.extract_resource_arn, iam_actions.request_tag_context
    handle = backup.handle_request

    def extract_corrected(service, method, path, headers, body, query_params, region, account_id):
        if service == SERVICE:
            return _resource(method, path, caller_permissions.request_of(body), f"arn:aws:{SERVICE}:{region}:{account_id}")
        return extract(service, method, path, headers, body, query_params, region, account_id)

    def request_tags_corrected(service, iam_action, body, params):
        if service != SERVICE:
            return request_tags(service, iam_action, body, params)
        return _condition_keys(iam_action, caller_permissions.request_of(body))

    async def handle_corrected(method, path, headers, body, query_params):
        needed = _needed(method, path, caller_permissions.request_of(body))
        for message in caller_permissions.missing(headers, query_params, needed):
            return backup._err("AccessDeniedException", message, 403)
        return await handle(method, path, headers, body, query_params)

    iam_actions.extract_resource_arn = extract_corrected
    iam_actions.request_tag_context = request_tags_corrected
    backup.handle_request = handle_corrected
    backup.vault_policy_for_arn = _vault_policy
    iam_evaluator._RESOURCE_POLICY_LOOKUPS[SERVICE] = (SERVICE, "vault_policy_for_arn")
    tagging._RESOURCE_TAG_COLLECTORS[SERVICE] = _tags


def _resource(method, path, request, prefix):
    path = path.rstrip("/")
    if found := POINT.fullmatch(path):
        return found["point"]
    if found := VAULT.fullmatch(path):
        return f"{prefix}:backup-vault:{found['name']}"
    if found := PLAN.fullmatch(path):
        return f"{prefix}:backup-plan:{found['plan']}"
    if found := TAGGED.fullmatch(path):
        return found["arn"]
    if method != "PUT":
        return "*"
    if path == "/backup/plans":
        return f"{prefix}:backup-plan:*"
    if path == "/backup-jobs":
        return f"{prefix}:backup-vault:{request.get('BackupVaultName')}"
    return request.get("RecoveryPointArn") or "*"


def _condition_keys(iam_action, request):
    tags = next((request[name] for name in ("BackupVaultTags", "BackupPlanTags", "Tags") if request.get(name)), {})
    keys = [*tags, *(request.get("TagKeyList") or [])]
    context = {f"aws:requesttag/{name}".lower(): value for name, value in tags.items()}
    if keys:
        context["aws:TagKeys"] = keys
    if iam_action == "backup:PutBackupVaultLockConfiguration":
        context.update({f"backup:{name}": request.get(name) for name in LOCK_KEYS})
    return context


def _needed(method, path, request):
    """What a request needs besides its own action."""
    role = request.get("IamRoleArn") or (request.get("BackupSelection") or {}).get("IamRoleArn")
    if role:
        yield "iam:PassRole", role, {"iam:PassedToService": SERVICE_PRINCIPAL}
    if method == "PUT" and re.fullmatch(r"/backup-vaults/[^/]+/?", path):
        yield "backup-storage:MountCapsule", "*"
        key = request.get("EncryptionKeyArn")
        through = {"kms:ViaService": f"backup.{get_region()}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
        for action in VAULT_KEY_ACTIONS if key else ():
            yield f"kms:{action}", key, through


def _vault_policy(arn):
    """The access policy of a vault, which counts for the recovery points in it too; and the account that owns it."""
    for (account, region, name), vault in backup._vaults.all_items():
        holds = backup_state.recovery_points.contains_scoped(account, region, (name, arn))
        if vault["BackupVaultArn"] == arn or holds:
            return vault.get("Policy"), account
    return None


def _tags():
    """The tags of vaults, plans and recovery points, by ARN."""
    yield from tagging._collect_backup()
    for (_vault, arn), point in backup_state.recovery_points.items():
        yield arn, [{"Key": key, "Value": value} for key, value in point["_tags"].items()]
