"""Reads what other programs exported: messages, one after the other, never a whole file at once.

opening                             what an export is: `open_export`
export                              what all forms have in common
slack_export                        Slack's zip or folder
slack_threads                       messages in Slack's form, in one file
slack_message, slack_text           a message of either
telegram_export, telegram_topics    Telegram Desktop's result.json
telegram_message, telegram_text     a message of it
plain_lines                         lines like `10:42 Ana: hello`
files, json_stream, fields          folders and zips, JSON piece by piece, and what stands in it
cleaning                            what no person typed and no terminal should see
"""

from botcore.exports.export import Export, ExportedChat, LeftOut, Meter, Problem, Record, list_chats
from botcore.exports.opening import open_export
from botcore.exports.slack_text import ids_in as slack_ids_in
from botcore.exports.slack_text import resolve as resolve_slack_text

__all__ = [
    "Export",
    "ExportedChat",
    "LeftOut",
    "Meter",
    "Problem",
    "Record",
    "list_chats",
    "open_export",
    "resolve_slack_text",
    "slack_ids_in",
]
