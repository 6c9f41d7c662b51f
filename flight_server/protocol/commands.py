"""The Flight and Flight SQL messages that we speak, declared field by field: bytes in, messages out, and back.

Knows no server and no catalog. Names and numbers are those of Arrow's Flight.proto and FlightSql.proto. The classes
are built at import in a private descriptor pool: no generated code, and no clash with another package that registers
the same names.

A field is written `name:number:type`, and the type may carry one mark:

    string?   optional: absent differs from empty        string*   repeated        map<T>   from text to T
    string|x  member of the oneof x                      Name      another message or enumeration of the tables below
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from google.protobuf.message import DecodeError, Message

FLIGHT_PACKAGE = "arrow.flight.protocol"
SQL_PACKAGE = "arrow.flight.protocol.sql"
TYPE_URL_PREFIX = "type.googleapis.com/"

_TRANSACTION = "transaction_id:2:bytes?"
_TABLE_REFERENCE = "catalog:1:string? db_schema:2:string? table:3:string"

SQL_MESSAGES: Mapping[str, str] = {
    "CommandGetSqlInfo": "info:1:uint32*",
    "CommandGetXdbcTypeInfo": "data_type:1:int32?",
    "CommandGetCatalogs": "",
    "CommandGetDbSchemas": "catalog:1:string? db_schema_filter_pattern:2:string?",
    "CommandGetTables": "catalog:1:string? db_schema_filter_pattern:2:string? table_name_filter_pattern:3:string? "
    "table_types:4:string* include_schema:5:bool",
    "CommandGetTableTypes": "",
    "CommandGetPrimaryKeys": _TABLE_REFERENCE,
    "CommandGetExportedKeys": _TABLE_REFERENCE,
    "CommandGetImportedKeys": _TABLE_REFERENCE,
    "CommandGetCrossReference": "pk_catalog:1:string? pk_db_schema:2:string? pk_table:3:string "
    "fk_catalog:4:string? fk_db_schema:5:string? fk_table:6:string",
    "CommandStatementQuery": f"query:1:string {_TRANSACTION}",
    "TicketStatementQuery": "statement_handle:1:bytes",
    "CommandPreparedStatementQuery": "prepared_statement_handle:1:bytes",
    "CommandStatementUpdate": f"query:1:string {_TRANSACTION}",
    "CommandPreparedStatementUpdate": "prepared_statement_handle:1:bytes",
    "SubstraitPlan": "plan:1:bytes version:2:string",
    "CommandStatementSubstraitPlan": f"plan:1:SubstraitPlan {_TRANSACTION}",
    "CommandStatementIngest": "table_definition_options:1:CommandStatementIngest.TableDefinitionOptions table:2:string "
    "schema:3:string? catalog:4:string? temporary:5:bool transaction_id:6:bytes? options:1000:map<string>",
    "CommandStatementIngest.TableDefinitionOptions": "if_not_exist:1:CommandStatementIngest.TableNotExistOption "
    "if_exists:2:CommandStatementIngest.TableExistsOption",
    "DoPutUpdateResult": "record_count:1:int64",
    "DoPutPreparedStatementResult": "prepared_statement_handle:1:bytes?",
    "ActionCreatePreparedStatementRequest": f"query:1:string {_TRANSACTION}",
    "ActionCreatePreparedStatementResult": "prepared_statement_handle:1:bytes dataset_schema:2:bytes "
    "parameter_schema:3:bytes is_update:4:bool?",
    "ActionCreatePreparedSubstraitPlanRequest": f"plan:1:SubstraitPlan {_TRANSACTION}",
    "ActionClosePreparedStatementRequest": "prepared_statement_handle:1:bytes",
    "ActionBeginTransactionRequest": "",
    "ActionBeginTransactionResult": "transaction_id:1:bytes",
    "ActionBeginSavepointRequest": "transaction_id:1:bytes name:2:string",
    "ActionBeginSavepointResult": "savepoint_id:1:bytes",
    "ActionEndTransactionRequest": "transaction_id:1:bytes action:2:ActionEndTransactionRequest.EndTransaction",
    "ActionEndSavepointRequest": "savepoint_id:1:bytes action:2:ActionEndSavepointRequest.EndSavepoint",
    "ActionCancelQueryRequest": "info:1:bytes",
    "ActionCancelQueryResult": "result:1:ActionCancelQueryResult.CancelResult",
}
"""Messages of the SQL package; commands, tickets and bodies of actions travel inside a google.protobuf.Any."""

FLIGHT_MESSAGES: Mapping[str, str] = {
    "Ticket": "ticket:1:bytes",
    "Location": "uri:1:string",
    "FlightDescriptor": "type:1:FlightDescriptor.DescriptorType cmd:2:bytes path:3:string*",
    "FlightEndpoint": "ticket:1:Ticket location:2:Location* expiration_time:3:Timestamp app_metadata:4:bytes",
    "FlightInfo": "schema:1:bytes flight_descriptor:2:FlightDescriptor endpoint:3:FlightEndpoint* "
    "total_records:4:int64 total_bytes:5:int64 ordered:6:bool app_metadata:7:bytes",
    "CancelFlightInfoRequest": "info:1:FlightInfo",
    "CancelFlightInfoResult": "status:1:CancelStatus",
    "RenewFlightEndpointRequest": "endpoint:1:FlightEndpoint",
    "SessionOptionValue": "string_value:1:string|option_value bool_value:2:bool|option_value "
    "int64_value:3:sfixed64|option_value double_value:4:double|option_value "
    "string_list_value:5:SessionOptionValue.StringListValue|option_value",
    "SessionOptionValue.StringListValue": "values:1:string*",
    "SetSessionOptionsRequest": "session_options:1:map<SessionOptionValue>",
    "SetSessionOptionsResult": "errors:1:map<SetSessionOptionsResult.Error>",
    "SetSessionOptionsResult.Error": "value:1:SetSessionOptionsResult.ErrorValue",
    "GetSessionOptionsRequest": "",
    "GetSessionOptionsResult": "session_options:1:map<SessionOptionValue>",
    "CloseSessionRequest": "",
    "CloseSessionResult": "status:1:CloseSessionResult.Status",
}
"""Messages of the Flight package; they travel bare."""

SQL_ENUMS: Mapping[str, str] = {
    "CommandStatementIngest.TableNotExistOption": "TABLE_NOT_EXIST_OPTION_UNSPECIFIED TABLE_NOT_EXIST_OPTION_CREATE "
    "TABLE_NOT_EXIST_OPTION_FAIL",
    "CommandStatementIngest.TableExistsOption": "TABLE_EXISTS_OPTION_UNSPECIFIED TABLE_EXISTS_OPTION_FAIL "
    "TABLE_EXISTS_OPTION_APPEND TABLE_EXISTS_OPTION_REPLACE",
    "ActionEndTransactionRequest.EndTransaction": "END_TRANSACTION_UNSPECIFIED END_TRANSACTION_COMMIT "
    "END_TRANSACTION_ROLLBACK",
    "ActionEndSavepointRequest.EndSavepoint": "END_SAVEPOINT_UNSPECIFIED END_SAVEPOINT_RELEASE END_SAVEPOINT_ROLLBACK",
    "ActionCancelQueryResult.CancelResult": "CANCEL_RESULT_UNSPECIFIED CANCEL_RESULT_CANCELLED "
    "CANCEL_RESULT_CANCELLING CANCEL_RESULT_NOT_CANCELLABLE",
}
"""Values count from 0."""

FLIGHT_ENUMS: Mapping[str, str] = {
    "FlightDescriptor.DescriptorType": "UNKNOWN PATH CMD",
    "CancelStatus": "CANCEL_STATUS_UNSPECIFIED CANCEL_STATUS_CANCELLED CANCEL_STATUS_CANCELLING "
    "CANCEL_STATUS_NOT_CANCELLABLE",
    "SetSessionOptionsResult.ErrorValue": "UNSPECIFIED INVALID_NAME INVALID_VALUE ERROR",
    "CloseSessionResult.Status": "UNSPECIFIED CLOSED CLOSING NOT_CLOSEABLE",
}

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS: Mapping[str, Any] = {
    "string": _FIELD.TYPE_STRING,
    "bytes": _FIELD.TYPE_BYTES,
    "bool": _FIELD.TYPE_BOOL,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "uint32": _FIELD.TYPE_UINT32,
    "sfixed64": _FIELD.TYPE_SFIXED64,
    "double": _FIELD.TYPE_DOUBLE,
}


class UndecodableMessage(ValueError):
    """The bytes are not the message that they should be."""


class UnknownMessage(UndecodableMessage):
    """A well-formed Any holds a message that we do not speak."""


def _set_type(
    field: descriptor_pb2.FieldDescriptorProto, type_name: str, package: str, enums: Mapping[str, str]
) -> None:
    if type_name in _SCALARS:
        field.type = _SCALARS[type_name]
        return
    field.type = _FIELD.TYPE_ENUM if type_name in enums else _FIELD.TYPE_MESSAGE
    field.type_name = ".google.protobuf.Timestamp" if type_name == "Timestamp" else f".{package}.{type_name}"


def _add_map_entry(
    message: descriptor_pb2.DescriptorProto, field_name: str, value: str, package: str, enums: Mapping[str, str]
) -> str:
    """On the wire a map is a repeated message of key = 1 and value = 2, by convention named `<Field>Entry`."""
    entry_name = "".join(word.capitalize() for word in field_name.split("_")) + "Entry"
    entry = message.nested_type.add(name=entry_name)
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=_FIELD.LABEL_OPTIONAL, type=_FIELD.TYPE_STRING)
    _set_type(entry.field.add(name="value", number=2, label=_FIELD.LABEL_OPTIONAL), value, package, enums)
    return entry_name


def _oneof_index(message: descriptor_pb2.DescriptorProto, name: str) -> int:
    names = [oneof.name for oneof in message.oneof_decl]
    if name not in names:
        message.oneof_decl.add(name=name)
        names.append(name)
    return names.index(name)


def _add_field(
    message: descriptor_pb2.DescriptorProto, declared: str, scope: str, package: str, enums: Mapping[str, str]
) -> None:
    name, number, type_name = declared.split(":")
    type_name, _, oneof = type_name.partition("|")
    field = message.field.add(name=name, number=int(number), label=_FIELD.LABEL_OPTIONAL)
    if type_name.startswith("map<"):
        entry_name = _add_map_entry(message, name, type_name[4:-1], package, enums)
        field.label, type_name = _FIELD.LABEL_REPEATED, f"{scope}.{entry_name}"
    if type_name.endswith("*"):
        field.label = _FIELD.LABEL_REPEATED
    if type_name.endswith("?"):
        # protoc's own way to give a proto3 scalar presence: a oneof of one.
        field.proto3_optional, oneof = True, f"_{name}"
    if oneof:
        field.oneof_index = _oneof_index(message, oneof)
    _set_type(field, type_name.rstrip("*?"), package, enums)


def _file(
    file_name: str, package: str, messages: Mapping[str, str], enums: Mapping[str, str]
) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=file_name, package=package, syntax="proto3")
    file.dependency.append(timestamp_pb2.DESCRIPTOR.name)
    made: dict[str, descriptor_pb2.DescriptorProto] = {}
    for full_name, fields in messages.items():
        parent, _, name = full_name.rpartition(".")
        made[full_name] = made[parent].nested_type.add(name=name) if parent else file.message_type.add(name=name)
        for declared in fields.split():
            _add_field(made[full_name], declared, full_name, package, enums)
    for full_name, values in enums.items():
        parent, _, name = full_name.rpartition(".")
        enum = made[parent].enum_type.add(name=name) if parent else file.enum_type.add(name=name)
        for number, value in enumerate(values.split()):
            enum.value.add(name=value, number=number)
    return file


def _classes() -> Iterator[tuple[str, Any]]:
    pool = descriptor_pool.DescriptorPool()
    timestamp_file = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(timestamp_file)
    pool.Add(timestamp_file)
    pool.Add(_file("Flight.proto", FLIGHT_PACKAGE, FLIGHT_MESSAGES, FLIGHT_ENUMS))
    pool.Add(_file("FlightSql.proto", SQL_PACKAGE, SQL_MESSAGES, SQL_ENUMS))
    for package, messages in ((FLIGHT_PACKAGE, FLIGHT_MESSAGES), (SQL_PACKAGE, SQL_MESSAGES)):
        for name in messages:
            yield name, message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))


MESSAGES: Mapping[str, Any] = MappingProxyType(dict(_classes()))
"""Class by name without package: `MESSAGES["CommandGetTables"](include_schema=True)`."""


def name_of(message: Message) -> str:
    """The name without package, as METADATA_COMMANDS and MESSAGES use it.

    >>> name_of(MESSAGES["CommandGetTables"]())
    'CommandGetTables'
    """
    return str(message.DESCRIPTOR.name)


def decode(name: str, data: bytes) -> Any:
    """A bare message of that name; raises UndecodableMessage.

    >>> decode("DoPutUpdateResult", bytes([8, 7])).record_count
    7
    """
    message = MESSAGES[name]()
    try:
        message.ParseFromString(bytes(data))
    except DecodeError as error:
        raise UndecodableMessage(f"the bytes sent are not a {name} message; is this a Flight SQL client?") from error
    return message


def pack(message: Message) -> bytes:
    """The message inside a google.protobuf.Any, as bytes."""
    type_url = TYPE_URL_PREFIX + message.DESCRIPTOR.full_name
    return any_pb2.Any(type_url=type_url, value=message.SerializeToString()).SerializeToString()


def unpack(data: bytes) -> Any:
    """The Flight SQL message inside a serialized Any; raises UndecodableMessage, or UnknownMessage for a foreign one.

    >>> unpack(pack(MESSAGES["CommandStatementQuery"](query="SELECT 1"))).query
    'SELECT 1'
    """
    envelope = any_pb2.Any()
    try:
        envelope.ParseFromString(bytes(data))
    except DecodeError as error:
        raise UndecodableMessage("the command is not a Flight SQL command (google.protobuf.Any)") from error
    if not envelope.type_url:
        raise UndecodableMessage("the command is not a Flight SQL command: it has no type_url")
    # Clients write various prefixes; only what follows the last slash has a meaning.
    package, _, name = envelope.type_url.rpartition("/")[2].rpartition(".")
    if package != SQL_PACKAGE or name not in SQL_MESSAGES:
        raise UnknownMessage(f"this server does not know the message {package}.{name}")
    return decode(name, envelope.value)
