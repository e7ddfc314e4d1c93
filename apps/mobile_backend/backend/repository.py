# SPDX-License-Identifier: GPL-3.0-or-later
"""The table. Its leading key is the user's `sub`, so that a policy can hold a caller to what is their own; the sort key says what something is.

    pk     sk             what
    <sub>  PROFILE        the profile
    <sub>  ITEM#<id>      an item, or the mark that it was deleted
    <sub>  MESSAGE#<id>   a message to this user
    <sub>  DEVICE#<id>    a device of this user, which is not synchronised

What is synchronised has a `version`, counted up by one with each write, and `changed`, when that was: the index by-change sorts by it.
"""

from typing import Any

from .problems import Conflict

Record = dict[str, Any]
INDEX = "by-change"
# Marks of what was deleted are kept until every device that is still in use has heard of it.
MARK_DAYS = 90
PAGE = 100


class Repository:
    """What is stored.

    :param client: boto3's client of DynamoDB.
    """

    def __init__(self, client: Any, table: str) -> None:
        from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

        self._client, self._table = client, table
        self._serialize, self._deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize

    def _raw(self, record: Record) -> Record:
        return {name: self._serialize(value) for name, value in record.items() if value is not None}

    def _record(self, raw: Record) -> Record:
        return {name: _plain(self._deserialize(value)) for name, value in raw.items()}

    def get(self, sub: str, sk: str) -> Record | None:
        """One record, as it is now."""
        answer = self._client.get_item(TableName=self._table, Key=self._raw({"pk": sub, "sk": sk}), ConsistentRead=True)
        return self._record(answer["Item"]) if "Item" in answer else None

    def put(self, record: Record, base: int) -> None:
        """Write a record that was derived from the version `base`; 0: there is none yet. Raises Conflict where there is another by now."""
        condition: Record = {"ConditionExpression": "attribute_not_exists(pk)"}
        if base:
            condition = {"ConditionExpression": "version = :base", "ExpressionAttributeValues": {":base": {"N": str(base)}}}
        try:
            self._client.put_item(TableName=self._table, Item=self._raw(record), **condition)
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            raise Conflict("it was changed meanwhile") from refused

    def place(self, record: Record) -> None:
        """Write a record whatever there was."""
        self._client.put_item(TableName=self._table, Item=self._raw(record))

    def remove(self, sub: str, sk: str) -> None:
        """Delete a record for good."""
        self._client.delete_item(TableName=self._table, Key=self._raw({"pk": sub, "sk": sk}))

    def beginning(self, sub: str, start: str, after: str = "", most: int = PAGE) -> tuple[list[Record], str]:
        """The records whose sort key begins so, behind one of them, and where to go on."""
        values = self._raw({":pk": sub, ":start": start})
        begin = {"ExclusiveStartKey": self._raw({"pk": sub, "sk": after})} if after else {}
        answer = self._client.query(
            TableName=self._table, KeyConditionExpression="pk = :pk AND begins_with(sk, :start)", ExpressionAttributeValues=values, Limit=most, **begin
        )
        last = answer.get("LastEvaluatedKey")
        return [self._record(raw) for raw in answer["Items"]], self._record(last)["sk"] if last else ""

    def changed(self, sub: str, since: str, most: int = PAGE) -> tuple[list[Record], bool]:
        """What has changed since then, the oldest first, and whether there is more."""
        values = self._raw({":pk": sub, ":since": since})
        answer = self._client.query(
            TableName=self._table, IndexName=INDEX, KeyConditionExpression="pk = :pk AND changed > :since", ExpressionAttributeValues=values, Limit=most
        )
        return [self._record(raw) for raw in answer["Items"]], "LastEvaluatedKey" in answer


def _plain(value: Any) -> Any:
    """DynamoDB's numbers are decimals."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if type(value).__name__ == "Decimal" else value
