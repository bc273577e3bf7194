"""Roles that services have in an account, which are created when a service is first used.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
"""

import json

from ministack.core.responses import get_account_id
from ministack.services import iam


class ServiceLinkedRole:
    """The role of a service, such as `dax.amazonaws.com`, by its name."""

    def __init__(self, name, service):
        self._name, self._service = name, service

    def arn(self):
        """Its ARN in the current account."""
        return f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{self._service}/{self._name}"

    def needed(self):
        """What who uses the service needs where the account doesn't have the role yet: see caller_permissions."""
        if self._name not in iam._roles:
            yield "iam:CreateServiceLinkedRole", self.arn(), {"iam:AWSServiceName": self._service}

    def create(self):
        """Creates it, unless the account has it. Returns its ARN."""
        if self._name not in iam._roles:
            trust = {"Effect": "Allow", "Principal": {"Service": self._service}, "Action": "sts:AssumeRole"}
            iam._IAM_HANDLERS["CreateRole"]({
                "RoleName": [self._name],
                "Path": [f"/aws-service-role/{self._service}/"],
                "AssumeRolePolicyDocument": [json.dumps({"Version": "2012-10-17", "Statement": [trust]})],
            })
        return self.arn()
