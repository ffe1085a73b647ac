-- Marks a change as deleted in ServiceNow, unless a newer version is kept.
-- KEYS: changes, seen, owed_sync, owed_decision
-- ARGV: now, source, sys_id, version, record
-- Answer: 'stored', or 'stale' where a newer version is kept.
-- Include: delete-change
local index = {changes = changes, seen = seen, owed_sync = owed_sync, owed_decision = owed_decision}
return delete_change(index, sys_id, version, record, source, now)
