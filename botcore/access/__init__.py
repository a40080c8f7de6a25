"""Who may come in, what they may do there, and what becomes of what is remembered of them.

roles, codes, tries     owner, admin, member; the codes that let somebody in
gate, doorkeeper        decide about each event, before anything is stored
desk                    every change: approvals, roles, chats, what is told of them, the audit
membership, reading     whose chats a turn may read, asked at the moment of reading
budgets                 messages an hour and tokens a day
languages, times        what people choose
privacy                 what is kept of people, for how long, and its end
commands, privacy_command, lines, texts
                        what people type and read: /access /usage /language /timezone /privacy
access                  all of it, wired together
"""
