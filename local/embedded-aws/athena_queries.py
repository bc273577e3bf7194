"""Queries of Athena, run by DuckDB over the tables of the Glue catalogue: see athena_tables.py.

ministack makes rows up where DuckDB isn't installed. Where it is, it passes Athena's SQL on as it is, knows neither views
nor partitions that are projected, counts the results instead of what is scanned, and applies neither the workgroup's
settings nor the caller's permissions.

Simplified: bytes scanned are those of the whole objects. Results are written without their metadata.

Not implemented, and refused: statements other than queries and what ministack can do of CREATE TABLE and DROP TABLE,
parameters of queries, and other catalogues.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionStatus.html
https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
"""

import asyncio
import contextvars
import pathlib
import tempfile
import time
from urllib.parse import urlparse

import duckdb
import sqlglot
from botocore.exceptions import ClientError
from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import get_account_id, get_region
from ministack.services import athena
from sqlglot import exp

import athena_tables
import caller_permissions
import role_sessions
from athena_tables import Refusal, Tables

TIMESTAMPS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
# Athena's name of a type, and how it writes a value of it, by DuckDB's name; others are cast to text.
TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    **dict.fromkeys(TIMESTAMPS, "timestamp"),
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
MILLISECONDS = "strftime({column}, '%Y-%m-%d %H:%M:%S.%g')"
FORMATS = {**dict.fromkeys(TIMESTAMPS, MILLISECONDS), "TIMESTAMP WITH TIME ZONE": f"{MILLISECONDS} || ' UTC'"}

# Requests that name a query or a saved query, and not its workgroup.
BY_EXECUTION = {"GetQueryExecution", "GetQueryResults", "GetQueryRuntimeStatistics", "StopQueryExecution"}
BY_NAMED_QUERY = {"GetNamedQuery", "DeleteNamedQuery", "UpdateNamedQuery"}
LIMIT_EXCEEDED = "Bytes scanned limit was exceeded"
MADE_UP = b'"athena.ATHENA_ENGINE"'

_access_key = contextvars.ContextVar("access_key", default="")


def athena_queries():
    """A query returns the rows of its tables, with the settings of its workgroup and the permissions of its caller."""
    handle, config, results = athena.handle_request, app._handle_admin_config_request, athena._get_query_results
    describe = athena._get_workgroup
    resource_of = iam_actions.extract_resource_arn

    async def handle_corrected(method, path, headers, body, query_params):
        _access_key.set(router.extract_access_key_id(headers, query_params))
        return await handle(method, path, headers, body, query_params)

    async def config_corrected(path, method, body):
        if MADE_UP in (body or b""):
            message = "The embedded AWS runs queries by DuckDB, and never makes rows up"
            return athena.error_response_json("InvalidRequestException", message, 400)
        return await config(path, method, body)

    def results_corrected(data):
        execution = athena._executions.get(data.get("QueryExecutionId"))
        if execution and execution["Status"]["State"] == "SUCCEEDED":
            place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
            needed = [("s3:GetObject", f"arn:aws:s3:::{place.netloc}{place.path}")]
            for message in caller_permissions.lacking(_access_key.get(), needed):
                return athena.error_response_json("AccessDeniedException", message, 400)
        return results(data)

    def describe_corrected(data):
        # Terraform knows by the words that there is none.
        name = data.get("WorkGroup")
        return describe(data) if name in athena._workgroups else _invalid(f"WorkGroup {name} is not found.")

    def resource_corrected(service, method, path, headers, body, *rest):
        if service != "athena":
            return resource_of(service, method, path, headers, body, *rest)
        return _resource(headers.get("x-amz-target", "").rpartition(".")[2], caller_permissions.request_of(body))

    athena.handle_request = handle_corrected
    athena._get_workgroup = describe_corrected
    athena._start_query_execution = _start
    athena._get_query_results = results_corrected
    athena.get_athena_engine = lambda: "duckdb"
    app._handle_admin_config_request = config_corrected
    iam_actions.extract_resource_arn = resource_corrected


def _resource(action, request):
    workgroup = request.get("WorkGroup")
    if action in BY_EXECUTION:
        workgroup = (athena._executions.get(request.get("QueryExecutionId")) or {}).get("WorkGroup")
    elif action in BY_NAMED_QUERY:
        workgroup = (athena._named_queries.get(request.get("NamedQueryId")) or {}).get("WorkGroup")
    elif action == "BatchGetNamedQuery":
        # Each must be allowed; here the first stands for all.
        first = next(iter(request.get("NamedQueryIds") or []), None)
        workgroup = (athena._named_queries.get(first) or {}).get("WorkGroup")
    elif action == "CreateWorkGroup":
        workgroup = request.get("Name")
    if action in ("ListWorkGroups", "ListDataCatalogs", "ListEngineVersions"):
        return "*"
    if request.get("ResourceARN"):
        return request["ResourceARN"]
    return f"arn:aws:athena:{get_region()}:{get_account_id()}:workgroup/{workgroup or 'primary'}"


def _start(data):
    name = data.get("WorkGroup", "primary")
    workgroup = athena._workgroups.get(name)
    if workgroup is None or workgroup["State"] != "ENABLED":
        return _invalid(f"WorkGroup {name} is not found." if workgroup is None else f"WorkGroup {name} is disabled.")
    settings = workgroup["Configuration"]
    enforced = settings.get("EnforceWorkGroupConfiguration", True) and "ResultConfiguration" in settings
    given = {} if enforced else data.get("ResultConfiguration", {})
    place = {**settings.get("ResultConfiguration", {}), **given}
    if not place.get("OutputLocation"):
        return _invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    if "ExecutionParameters" in data:
        return _invalid("The embedded AWS runs queries without parameters only")
    context = data.get("QueryExecutionContext", {})
    if context.get("Catalog", "AwsDataCatalog").lower() != "awsdatacatalog":
        return _invalid("The embedded AWS has no other catalogue than AwsDataCatalog")
    try:
        query = _parsed(data.get("QueryString", ""))
    except (Refusal, sqlglot.errors.SqlglotError) as error:
        return _invalid(f"Queries of this type are not supported, or malformed: {error}"[:2000])
    execution = _execution(data, name, settings, place, context.get("Database", "default"))
    athena._executions[execution["QueryExecutionId"]] = execution
    asyncio.create_task(asyncio.to_thread(_run, execution, query, settings.get("BytesScannedCutoffPerQuery")))
    return athena.json_response({"QueryExecutionId": execution["QueryExecutionId"]})


def _invalid(message):
    return athena.error_response_json("InvalidRequestException", message, 400)


def _parsed(text):
    """The query, or what ministack understands of statements that define tables."""
    definition = athena._parse_ddl(text)
    if definition is not None:
        return definition
    statements = sqlglot.parse(text, read="athena")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Refusal("Only one query at a time, which begins with SELECT or WITH")
    return statements[0]


def _execution(data, workgroup, settings, place, database):
    identifier = athena.new_uuid()
    location = place["OutputLocation"].rstrip("/")
    return {
        "QueryExecutionId": identifier,
        "Query": data["QueryString"],
        "StatementType": athena._detect_statement_type(data["QueryString"]),
        "ResultConfiguration": {**place, "OutputLocation": f"{location}/{identifier}.csv"},
        "QueryExecutionContext": {"Database": database, "Catalog": "awsdatacatalog"},
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"DataScannedInBytes": 0},
        "WorkGroup": workgroup,
        "EngineVersion": settings.get("EngineVersion", {}),
        "_access_key": _access_key.get(),
    }


def _run(execution, query, cutoff):
    began = time.monotonic()
    execution["Status"]["State"] = "RUNNING"
    try:
        if isinstance(query, exp.Query):
            state, fields = _select(execution, query, cutoff)
        else:
            results = athena._run_ddl(query, execution["QueryExecutionContext"]["Database"])
            state, fields = "SUCCEEDED", {"_results": results, "_column_types": results["column_types"]}
        execution.update(fields)
        status = {"State": state, **({"StateChangeReason": LIMIT_EXCEEDED} if state == "CANCELLED" else {})}
    except Exception as error:
        status = {"State": "FAILED", "StateChangeReason": _reason(error)[:2000]}
        if not isinstance(error, (Refusal, ClientError, duckdb.Error)):
            athena.logger.exception("Athena query %s failed", execution["QueryExecutionId"])
    milliseconds = int((time.monotonic() - began) * 1000)
    execution["Statistics"].update(EngineExecutionTimeInMillis=milliseconds, TotalExecutionTimeInMillis=milliseconds)
    # The state last, since who waits for it reads the rest; a query that was stopped meanwhile stays so.
    if execution["Status"]["State"] == "RUNNING":
        execution["Status"] = {**execution["Status"], **status, "CompletionDateTime": time.time()}


def _select(execution, query, cutoff):
    """Runs a query. Returns its state and what the execution then has."""
    access_key = execution["_access_key"]

    def check(database, table):
        needed = [("glue:GetTable", arn) for arn in athena_tables.resources(database, table)]
        for message in caller_permissions.lacking(access_key, needed):
            raise Refusal(f"Insufficient permissions to execute the query. {message}")

    client = role_sessions.client_of_caller("s3", access_key)
    with tempfile.TemporaryDirectory() as folder, athena_tables.connect() as connection:
        tables = Tables(client, connection, pathlib.Path(folder), check)
        resolved = tables.resolve(query, execution["QueryExecutionContext"]["Database"])
        execution["Statistics"]["DataScannedInBytes"] = tables.scanned_bytes
        if cutoff and tables.scanned_bytes > cutoff:
            return "CANCELLED", {}
        connection.execute("SET enable_external_access = false")
        columns, types, rows = _rows(connection, _named(resolved).sql(dialect="duckdb"))
    _save(client, execution["ResultConfiguration"], columns, rows)
    return "SUCCEEDED", {"_results": {"columns": columns, "rows": rows}, "_column_types": types}


def _named(query):
    """A query whose expressions without a name have the names that Athena gives them."""
    for number, expression in enumerate(query.selects):
        if not expression.output_name and not expression.is_star:
            expression.replace(exp.alias_(expression.copy(), f"_col{number}"))
    return query


def _rows(connection, sql):
    """The names, the types and the rows of a query's result, each value as the text that Athena returns."""
    relation = connection.sql(sql)
    names, types = relation.columns, [str(each) for each in relation.types]
    texts = ", ".join(
        FORMATS.get(type_, "CAST({column} AS VARCHAR)").format(column=f"c{number}") for number, type_ in enumerate(types)
    )
    aliases = ", ".join(f"c{number}" for number in range(len(names)))
    rows = connection.execute(f"SELECT {texts} FROM ({sql}) AS result({aliases})").fetchall()
    return names, [_type(each) for each in types], [list(row) for row in rows]


def _type(duckdb_type):
    if duckdb_type.startswith("DECIMAL"):
        return "decimal"
    if duckdb_type.endswith("[]"):
        return "array"
    return TYPES.get(duckdb_type, "row" if duckdb_type.startswith("STRUCT") else "varchar")


def _save(client, place, columns, rows):
    """Writes the results as Athena does: every value in quotes, and nothing for null."""
    body = "".join(",".join(map(_quoted, row)) + "\n" for row in [columns, *rows])
    encryption = place.get("EncryptionConfiguration") or {}
    settings = {}
    if encryption:
        settings["ServerSideEncryption"] = "AES256" if encryption["EncryptionOption"] == "SSE_S3" else "aws:kms"
    if encryption.get("KmsKey"):
        settings["SSEKMSKeyId"] = encryption["KmsKey"]
    location = urlparse(place["OutputLocation"])
    client.put_object(Bucket=location.netloc, Key=location.path.lstrip("/"), Body=body.encode(), **settings)


def _quoted(value):
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _reason(error):
    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, ClientError):
        return f"Access denied when writing or reading in S3: {error}"
    if isinstance(error, duckdb.Error):
        return f"SYNTAX_ERROR: {error}"
    return f"Internal error: {error!r}"
