"""Drafts of replies, emails and announcements, from notes or from what was said.

The way of a draft:

    command, settings      `/draft`: the whole way
    notes                  reads the notes as people type them
    material, transcript   what the model reads: notes, messages or both, as much as fits
    facts                  what can be checked by rule: links, numbers, dates, handles, code
    checking               the text while it is being written; what nobody gave it becomes a [blank]
    report                 the line under the draft
"""

from botcore_draft.command import plugin

__all__ = ["plugin"]
