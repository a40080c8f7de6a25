"""Who may come in, what they may do there, and what becomes of what is remembered of them.

roles, codes, tries owner, admin, member; the codes that let somebody in
gate, doorkeeper    decide about each event, before anything is stored
desk                every change: approvals, roles, chats, what is told of them, the audit
membership          whether somebody is in a chat, asked at the moment of reading
reading             which chat's ledger a turn may read
budgets             messages an hour and tokens a day
settings            languages and time zones
commands            what people type: /access /usage /language /timezone /privacy
sweeping            the daily end of what is too old
"""
