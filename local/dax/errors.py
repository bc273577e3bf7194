"""Errors as a DAX node answers them: a sequence of codes, by which the client knows what happened, and a message."""

# What DynamoDB has answered. The client tells these exceptions by the last code, and any other by its name.
DYNAMODB = (4, 37, 38, 39)
DYNAMODB_EXCEPTIONS = {
    "ProvisionedThroughputExceededException": 40,
    "ResourceNotFoundException": 41,
    "ConditionalCheckFailedException": 43,
    "ResourceInUseException": 45,
    "ValidationException": 46,
    "InternalServerError": 47,
    "ItemCollectionSizeLimitExceededException": 48,
    "LimitExceededException": 49,
    "ThrottlingException": 50,
    "RequestLimitExceeded": 61,
}
OTHER_EXCEPTION = 42

# The node refuses the connection; with the last code, the client signs anew and tries again.
REFUSED = (4, 23, 31, 32)
NOT_AUTHENTICATED = (4, 23, 31, 33)


class DaxError(Exception):
    """An error response.

    `codes` is its sequence of codes, `name` the name of the exception and `status` the HTTP status that DynamoDB would
    answer.
    """

    def __init__(self, codes, message, name, status=400):
        super().__init__(message)
        self.codes, self.message, self.name, self.status = codes, message, name, status


def dynamodb_error(name, message, status=400):
    """An error that DynamoDB has answered."""
    return DaxError((*DYNAMODB, DYNAMODB_EXCEPTIONS.get(name, OTHER_EXCEPTION)), message, name, status)


def not_implemented(what):
    """Refuses by name what this node doesn't know."""
    return dynamodb_error("ValidationException", f"{what}: not implemented in the local DAX")


def refused(name, message):
    """The caller isn't known or may not do this."""
    return DaxError(REFUSED, message, name)
