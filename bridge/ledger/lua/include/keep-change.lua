-- Keeps one version of a change if it is the newest, and the approval of every version that was seen.
-- `row` has eight values: sys_id, version, approval ('' where it was not told), record (JSON), complete (1 or 0),
-- number ('' where it was not told), watch (1 where the decision on this change has to be looked at), cut (1 where long
-- texts were left out of the record).
-- A read counts more than a higher version that only an event told, where the event came before `events_before` (ms).
-- Answers {what became of it: 'stored', 'same', 'stale' or 'contradicted' (an event's higher version was dropped);
-- whether the portal is known to show the newest version (1 or 0); whether the decision has to be looked at (1 or 0);
-- the fingerprint of what the portal was given last, or ''; how often its entity was found missing or altered}.
local function read_kept(change)
  local told = redis.call('HMGET', change, 'version', 'deleted', 'complete', 'told_by', 'seen_at', 'portal_version',
    'portal_hash', 'portal_doubts', 'decision', 'first_seen_by')
  return {
    version = tonumber(told[1] or -1), deleted = told[2] == '1', complete = told[3] == '1', told_by = told[4],
    seen_at = tonumber(told[5] or 0), portal_version = tonumber(told[6] or -1), hash = told[7] or '',
    doubts = told[8] or '0', decision = told[9], first_seen_by = told[10]
  }
end

-- What was said of versions that do not exist, also to the portal, is not true.
local function drop_above(change, kept, version)
  for _, field in ipairs(redis.call('HKEYS', change)) do
    local told = tonumber(string.match(field, '^approval:(%d+)$'))
    if told and told > version then redis.call('HDEL', change, field) end
  end
  redis.call('HDEL', change, 'portal_version', 'portal_hash')
  kept.portal_version, kept.hash = -1, ''
end

local function outcome_of(kept, version, complete, source, events_before)
  if version < kept.version then
    local is_events_word = source ~= 'event' and kept.told_by == 'event'
    local is_contradicted = is_events_word and kept.seen_at < tonumber(events_before)
    return is_contradicted and 'contradicted' or 'stale'
  end
  if version > kept.version then return 'stored' end
  if kept.deleted then return source == 'event' and 'stale' or 'stored' end
  return (complete == '0' or kept.complete) and 'same' or 'stored'
end

local function store_version(index, change, row, kept, source, now)
  local sys_id, record, complete, number, cut = row[1], row[4], row[5], row[6], row[8]
  redis.call('HSET', change, 'version', row[2], 'complete', complete, 'seen_at', now, 'told_by', source, 'cut', cut,
    'deleted', 0, 'first_seen_by', kept.first_seen_by or source)
  redis.call('SET', change .. ':record', record)
  if complete == '0' then redis.call('HSET', change, 'refresh', 1) end
  redis.call('ZADD', index.seen, now, sys_id)
  redis.call('ZADD', index.owed_sync, 'NX', now, sys_id)
  if number ~= '' then redis.call('HSET', index.numbers, number, sys_id) end
end

local function keep_change(index, row, source, now, events_before)
  local sys_id, version, approval, complete, watch = row[1], tonumber(row[2]), row[3], row[5], row[7]
  local change = index.changes .. sys_id
  local kept = read_kept(change)
  local is_news = approval ~= '' and redis.call('HSETNX', change, 'approval:' .. row[2], approval) == 1
  local outcome = outcome_of(kept, version, complete, source, events_before)
  if outcome == 'contradicted' then drop_above(change, kept, version) end
  local is_stored = outcome == 'stored' or outcome == 'contradicted'
  if is_stored then store_version(index, change, row, kept, source, now) end
  if is_news or is_stored then
    redis.call('HINCRBY', change, 'revision', 1)
    if watch == '1' or kept.decision then redis.call('ZADD', index.owed_decision, 'NX', now, sys_id) end
  end
  local newest = is_stored and version or kept.version
  local is_shown = kept.portal_version == newest and kept.hash ~= '' and kept.hash ~= 'deleted'
  -- Owed since an earlier time, whose wake-up may have been lost: it has to be looked at all the same.
  local is_owed = redis.call('ZSCORE', index.owed_decision, sys_id)
  return {outcome, is_shown and 1 or 0, is_owed and 1 or 0, kept.hash, kept.doubts}
end
