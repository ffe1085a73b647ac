-- Keeps one version of a change if it is the newest, and the approval of every version that was seen.
-- `row` has seven values: sys_id, version, approval ('' where it was not told), record (JSON), complete (1 or 0),
-- number ('' where it was not told), watch (1 where the decision on this change has to be looked at).
-- A read counts more than a higher version that only an event told, where the event came before `events_before` (ms).
-- Answers {what became of it: 'stored', 'same', 'stale' or 'contradicted' (an event's higher version was dropped);
-- whether the portal is known to show the newest version (1 or 0); whether the decision has to be looked at (1 or 0);
-- the fingerprint of what the portal was given last, or ''; how often its entity was found missing or altered}.
local function is_contradicted(change, version, source, events_before)
  if source == 'event' or redis.call('HGET', change, 'told_by') ~= 'event' then return false end
  return tonumber(redis.call('HGET', change, 'seen_at')) < tonumber(events_before)
end

-- What was said of versions that do not exist, also to the portal, is not true.
local function drop_above(change, version)
  for _, field in ipairs(redis.call('HKEYS', change)) do
    local told = tonumber(string.match(field, '^approval:(%d+)$'))
    if told and told > version then redis.call('HDEL', change, field) end
  end
  redis.call('HDEL', change, 'portal_version', 'portal_hash')
end

local function keep_version(index, change, row, source, now, events_before)
  local sys_id, version, record, complete, number = row[1], tonumber(row[2]), row[4], row[5], row[6]
  local kept = tonumber(redis.call('HGET', change, 'version') or -1)
  local outcome = 'stored'
  if version < kept then
    if not is_contradicted(change, version, source, events_before) then return 'stale' end
    drop_above(change, version)
    outcome = 'contradicted'
  end
  if version == kept then
    local deleted = redis.call('HGET', change, 'deleted') == '1'
    if deleted and source == 'event' then return 'stale' end
    if not deleted and (complete == '0' or redis.call('HGET', change, 'complete') == '1') then return 'same' end
  end
  redis.call('HSET', change, 'version', row[2], 'complete', complete, 'seen_at', now, 'told_by', source)
  redis.call('HDEL', change, 'deleted', 'cut')
  redis.call('SET', change .. ':record', record)
  if complete == '0' then redis.call('HSET', change, 'refresh', 1) end
  redis.call('HSETNX', change, 'first_seen_by', source)
  redis.call('ZADD', index.seen, now, sys_id)
  redis.call('ZADD', index.owed_sync, 'NX', now, sys_id)
  if number ~= '' then redis.call('HSET', index.numbers, number, sys_id) end
  return outcome
end

local function keep_change(index, row, source, now, events_before)
  local sys_id, version, approval, watch = row[1], row[2], row[3], row[7]
  local change = index.changes .. sys_id
  local is_news = approval ~= '' and redis.call('HSETNX', change, 'approval:' .. version, approval) == 1
  local outcome = keep_version(index, change, row, source, now, events_before)
  local hash = redis.call('HGET', change, 'portal_hash') or ''
  local is_current = redis.call('HGET', change, 'portal_version') == redis.call('HGET', change, 'version')
  local is_shown = is_current and hash ~= '' and hash ~= 'deleted'
  if is_news or outcome == 'stored' or outcome == 'contradicted' then
    redis.call('HINCRBY', change, 'revision', 1)
    if watch == '1' or redis.call('HEXISTS', change, 'decision') == 1 then
      redis.call('ZADD', index.owed_decision, 'NX', now, sys_id)
    end
  end
  -- Owed since an earlier time, whose wake-up may have been lost: it has to be looked at all the same.
  local is_owed = redis.call('ZSCORE', index.owed_decision, sys_id)
  local doubts = redis.call('HGET', change, 'portal_doubts') or '0'
  return {outcome, is_shown and 1 or 0, is_owed and 1 or 0, hash, doubts}
end
