"""What somebody is in a chat, as Telegram tells it: each kind has fields that are always there."""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram.model import User

_OF_ADMINISTRATORS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
    "can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories "
    "can_edit_stories can_delete_stories"
)
_OF_RESTRICTED = (
    "is_member can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos "
    "can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages "
    "can_add_web_page_previews can_change_info can_invite_users can_pin_messages can_manage_topics "
    "can_edit_tag can_react_to_messages"
)


def member_json(user: User, status: str) -> dict[str, Any]:
    """Return a `ChatMember` of the Bot API; an administrator here has no right in particular."""
    more: dict[str, Any] = {}
    if status == "creator":
        more = {"is_anonymous": False}
    elif status == "administrator":
        more = dict.fromkeys(_OF_ADMINISTRATORS.split(), False)
    elif status == "restricted":
        more = {**dict.fromkeys(_OF_RESTRICTED.split(), True), "until_date": 0}
    elif status == "kicked":
        more = {"until_date": 0}
    return {"user": user.json(), "status": status, **more}
