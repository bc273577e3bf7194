"""Converts requests and responses of the AWS Query protocol, as far as the corrections need it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonParameters.html
"""

from datetime import datetime, timezone
from xml.sax.saxutils import escape

# Alarm parameters that aren't strings.
NUMBERS = {"MaxRecords", "Period"}
BOOLEANS = {"ReturnData"}


def structure_of(params):
    """Converts flat parameters to a nested structure: `A.member.2.B` becomes A[1]["B"]."""
    root = {}
    for name in params:
        *path, last = name.split(".")
        node = root
        for step in path:
            node = node.setdefault(step, {})
        node[last] = params[name][0] if isinstance(params[name], list) else params[name]
    return _members_to_lists(root)


def _members_to_lists(value, name=""):
    if isinstance(value, dict):
        if set(value) == {"member"}:
            return [_members_to_lists(value["member"][key]) for key in sorted(value["member"], key=int)]
        return {key: _members_to_lists(item, key) for key, item in value.items()}
    if name in NUMBERS:
        return int(value)
    return value == "true" if name in BOOLEANS else value


def xml_of(value, name=""):
    """Converts a JSON response to XML: omits empty fields, and converts timestamps from seconds to ISO 8601."""
    if isinstance(value, dict):
        fields = ((key, xml_of(item, key)) for key, item in value.items() if item is not None and item != "")
        return "".join(f"<{key}>{xml}</{key}>" for key, xml in fields)
    if isinstance(value, list):
        return "".join(f"<member>{xml_of(item)}</member>" for item in value)
    if name.endswith("Timestamp"):
        return datetime.fromtimestamp(value, timezone.utc).isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))
