"""The tables of the Glue catalogue that a query of Athena names: views, and tables over lines of JSON in S3.

Simplified: a condition on a projected partition excludes it only in the query that names the table, while Athena also
looks at those around a view.

Not implemented, and refused: other formats than JSON by the OpenX SerDe, partitions that aren't projected, and projections
other than of dates by whole days.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
"""

import base64
import gzip
import json
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import urlparse

import duckdb
import sqlglot
from ministack.core.responses import get_account_id, get_region
from ministack.services import glue
from sqlglot import exp

OPENX = "org.openx.data.jsonserde.JsonSerDe"
VIEW = re.compile(r"/\* Presto View: (\S+) \*/")
RELATIVE = re.compile(r"NOW(?:-(\d+)DAYS)?")
MAXIMUM_LINE_BYTES = 100_000_000
# Of the hidden column with the object of a row.
PATH = "$path"


class Refusal(Exception):
    """Why Athena can't run a query, in its words."""


class Tables:
    """The tables of one query. They are read with the client for S3 of the query's caller."""

    def __init__(self, client, connection, folder, check):
        self._client, self._connection, self._folder, self._check = client, connection, folder, check
        self._loaded = self.scanned_bytes = 0

    def resolve(self, query, database):
        """Replaces each view in a query by its own query, and each table by one of DuckDB with its rows."""
        names = {common.alias_or_name.lower() for common in query.find_all(exp.CTE)}
        for named in list(query.find_all(exp.Table)):
            if named.name.lower() in names and not named.db:
                continue
            if isinstance(named.this, exp.Anonymous) or not named.name:
                continue
            self._replace(named, (named.db or database).lower())
        return query

    def _replace(self, named, database):
        table = glue._tables.get(f"{database}/{named.name.lower()}")
        name = f"awsdatacatalog.{database}.{named.name.lower()}"
        if table is None:
            raise Refusal(f"TABLE_NOT_FOUND: Table '{name}' does not exist")
        self._check(database, table["Name"])
        alias = exp.TableAlias(this=exp.to_identifier(named.alias_or_name, quoted=True))
        view = VIEW.fullmatch(table.get("ViewOriginalText") or "")
        if view:
            definition = json.loads(base64.b64decode(view[1]))
            inner = self.resolve(sqlglot.parse_one(definition["originalSql"], read="athena"), definition["schema"])
            named.replace(exp.Subquery(this=inner, alias=alias))
        else:
            loaded = exp.Table(this=exp.to_identifier(self._load(table, named), quoted=True), alias=alias)
            named.replace(loaded)

    def _load(self, table, named):
        storage = table["StorageDescriptor"]
        if storage["SerdeInfo"].get("SerializationLibrary") != OPENX:
            raise Refusal(f"NOT_SUPPORTED: the embedded AWS reads {OPENX} only: {table['Name']}")
        columns, keys = storage["Columns"], table.get("PartitionKeys") or []
        types = {column["Name"]: duckdb_type(column["Type"]) for column in [*columns, *keys]}
        hive_types = {column["Name"]: exp.DataType.build(column["Type"], dialect="hive") for column in columns}
        partitions = self._partitions(table, keys, _conditions(named, {key["Name"] for key in keys}))
        self._loaded += 1
        name = f"scanned_{self._loaded}"
        file = self._folder / f"{name}.json"
        tolerant = storage["SerdeInfo"].get("Parameters", {}).get("ignore.malformed.json") == "true"
        with file.open("w") as lines:
            for values, location in partitions:
                for path, line in self._lines(location):
                    row = {**_row(line, hive_types, path, tolerant), **values, PATH: path}
                    lines.write(json.dumps(row) + "\n")
        described = ", ".join(f"'{column}': '{type_}'" for column, type_ in {**types, PATH: "VARCHAR"}.items())
        options = f"format = 'newline_delimited', columns = {{{described}}}, maximum_object_size = {MAXIMUM_LINE_BYTES}"
        source = f"read_json('{file}', {options})"
        self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM {source}')
        return name

    def _partitions(self, table, keys, conditions):
        """The values of the partition keys, and the location, of each partition that the conditions don't exclude."""
        parameters = table.get("Parameters") or {}
        if not keys:
            return [({}, table["StorageDescriptor"]["Location"])]
        if parameters.get("projection.enabled") != "true" or len(keys) != 1:
            raise Refusal(f"NOT_SUPPORTED: the embedded AWS reads one partition key, which is projected: {table['Name']}")
        key = keys[0]["Name"]
        template = parameters.get("storage.location.template", f"{table['StorageDescriptor']['Location']}/{key}=${{{key}}}/")
        values = [value for value in _dates(parameters, key) if self._holds(conditions, key, keys[0]["Type"], value)]
        return [({key: value}, template.replace(f"${{{key}}}", value)) for value in values]

    def _holds(self, conditions, key, type_, value):
        return all(self._is_true(condition, key, type_, value) for condition in conditions)

    def _is_true(self, condition, key, type_, value):
        literal = exp.cast(exp.Literal.string(value), duckdb_type(type_), dialect="duckdb")
        of_value = condition.copy().transform(
            lambda node: literal if isinstance(node, exp.Column) and node.name.lower() == key else node
        )
        return self._connection.execute(f"SELECT {of_value.sql(dialect='duckdb')}").fetchone()[0] is True

    def _lines(self, location):
        """The lines of all objects under a location, except of those that are hidden, with the path of their object."""
        bucket, prefix = urlparse(location).netloc, urlparse(location).path.lstrip("/")
        prefix = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for listed in page.get("Contents", []):
                if any(part.startswith(("_", ".")) for part in listed["Key"][len(prefix):].split("/")):
                    continue
                body = self._client.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
                self.scanned_bytes += len(body)
                text = gzip.decompress(body) if listed["Key"].endswith(".gz") else body
                for line in filter(None, text.split(b"\n")):
                    yield f"s3://{bucket}/{listed['Key']}", line


def resources(database, table):
    """The ARNs of what Athena reads of the catalogue for a table."""
    prefix = f"arn:aws:glue:{get_region()}:{get_account_id()}"
    return [f"{prefix}:catalog", f"{prefix}:database/{database}", f"{prefix}:table/{database}/{table}"]


def duckdb_type(hive_type):
    """A type of the catalogue as DuckDB has it."""
    return exp.DataType.build(hive_type, dialect="hive").sql(dialect="duckdb")


def _conditions(named, keys):
    """The conditions on partition keys of this table alone, of the query that names it."""
    select = named.find_ancestor(exp.Select)
    joins, where = select.args.get("joins") or [], select.args.get("where")
    # What an outer join doesn't find has no value, so that a condition says nothing of the partitions.
    if where is None or any(join.side for join in joins):
        return []
    conditions = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    tables = {named.alias_or_name.lower()} if joins else {named.alias_or_name.lower(), ""}
    return [condition for condition in conditions if _is_on(keys, tables, condition)]


def _is_on(keys, tables, condition):
    columns = list(condition.find_all(exp.Column))
    are_keys = all(column.name.lower() in keys and column.table.lower() in tables for column in columns)
    return bool(columns) and are_keys and not condition.find(exp.Select)


def _dates(parameters, key):
    projected = {name: parameters.get(f"projection.{key}.{name}") for name in ("type", "format", "range", "interval", "interval.unit")}
    days = (projected["interval"], projected["interval.unit"]) in ((None, None), ("1", "DAYS"))
    if projected["type"] != "date" or projected["format"] != "yyyy-MM-dd" or not projected["range"] or not days:
        raise Refusal(f"NOT_SUPPORTED: the embedded AWS projects dates as yyyy-MM-dd for each day only: {key}")
    first, last = (_date(bound) for bound in projected["range"].split(","))
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def _date(bound):
    relative = RELATIVE.fullmatch(bound.strip())
    if relative is None:
        return datetime.strptime(bound.strip(), "%Y-%m-%d").date()
    return datetime.now(timezone.utc).date() - timedelta(days=int(relative[1] or 0))


def _row(line, types, path, tolerant):
    """The columns of a line of JSON. All are null in a malformed one, if those are ignored."""
    try:
        record = json.loads(line)
        if not isinstance(record, dict):
            raise ValueError("not an object")
    except ValueError as error:
        if tolerant:
            return {}
        raise Refusal(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {error} ({path})") from None
    lower = {name.lower(): value for name, value in record.items()}
    return {name: _value(lower.get(name), type_) for name, type_ in types.items()}


def _value(value, type_):
    """A value in JSON as its type has it: names of fields in lower case, and null for what the type can't hold."""
    if value is None:
        return None
    if type_.this == exp.DataType.Type.STRUCT:
        fields = {name.lower(): field for name, field in value.items()} if isinstance(value, dict) else {}
        return {field.name: _value(fields.get(field.name.lower()), field.args["kind"]) for field in type_.expressions}
    if type_.this == exp.DataType.Type.ARRAY:
        return [_value(each, type_.expressions[0]) for each in value] if isinstance(value, list) else None
    if type_.this == exp.DataType.Type.TEXT:
        return value if isinstance(value, str) else json.dumps(value)
    return value


def connect():
    """A DuckDB in memory, for one query."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
