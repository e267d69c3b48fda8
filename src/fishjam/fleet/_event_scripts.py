"""The scripts of leaders and events; `_scripts` puts what all scripts share before each."""

from __future__ import annotations

LEAD = """
local name, id, seconds = key('lead:' .. ARGV[2]), ARGV[3], tonumber(ARGV[4])
local holder = redis.call('HGET', name, 'id')
local until_ = tonumber(redis.call('HGET', name, 'until') or '0')
-- The same leader goes on with its epoch: a batch that it sends again must not count as new.
if holder ~= id then
  if holder and until_ > now then return {} end
  redis.call('HSET', name, 'id', id, 'batch', '0',
    'epoch', new_epoch(redis.call('HGET', name, 'epoch')))
end
redis.call('HSET', name, 'until', text(now + seconds))
return {redis.call('HGET', name, 'epoch'), run_id()}
"""

PROGRESS = """
return {run_id(), redis.call('HGET', key('lead:' .. ARGV[2]), 'heard') or '0', text(now)}
"""

ATTEND = """
local since, until_ = key('members:' .. ARGV[2]), key('members-until:' .. ARGV[2])
redis.call('ZADD', since, 'NX', text(now), ARGV[3])
redis.call('HSET', until_, ARGV[3], text(now + tonumber(ARGV[4])))
local held = redis.call('HGETALL', until_)
for index = 1, #held, 2 do
  if tonumber(held[index + 1]) <= now then
    redis.call('HDEL', until_, held[index])
    redis.call('ZREM', since, held[index])
  end
end
return redis.call('ZRANGE', since, 0, -1)
"""

RESIGN = """
local name = key('lead:' .. ARGV[2])
if redis.call('HGET', name, 'id') ~= ARGV[3] then return 0 end
redis.call('HSET', name, 'until', '0')
return 1
"""

# A leader whose time is up is still the leader until another takes over: only one ever writes.
_LEADER = """
local function leads(name, id, epoch)
  local held = redis.call('HMGET', key('lead:' .. name), 'id', 'epoch')
  return held[1] == id and held[2] == epoch
end
"""

PUBLISH = (
    _LEADER
    + """
local name, id, epoch, server = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local batch, heard = tonumber(ARGV[6]), tonumber(ARGV[7])
if not leads(name, id, epoch) or run_id() ~= server then return -1 end
if batch <= tonumber(redis.call('HGET', key('lead:' .. name), 'batch')) then return 0 end
for index = 8, #ARGV, 2 do write(ARGV[index], ARGV[index + 1]) end
heard = math.max(heard, tonumber(redis.call('HGET', key('lead:' .. name), 'heard') or '0'))
redis.call('HSET', key('lead:' .. name), 'batch', batch, 'heard', text(heard))
return 1
"""
)

WEBHOOK = """
local room, hash, seconds, before, partition = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if redis.call('GET', key('hook:' .. room)) == hash then return 0 end
-- Late, it could come after the room's next one, which another receiver has written.
if before ~= '' and now > tonumber(before) then return -1 end
for index = 7, #ARGV do write(partition, ARGV[index]) end
redis.call('SET', key('hook:' .. room), hash, 'EX', seconds)
return 1
"""

ACK = (
    _LEADER
    + """
local partition, id, epoch, msg = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not leads('partition:' .. partition, id, epoch) then return -1 end
return redis.call('XACK', key('events:' .. partition), HANDLERS, msg)
"""
)

LAGS = """
local counts = {}
for partition = 0, tonumber(ARGV[2]) - 1 do
  local name, count = key('events:' .. partition), 0
  local groups = redis.pcall('XINFO', 'GROUPS', name)
  for _, flat in ipairs(groups) do
    local group = {}
    for index = 1, #flat, 2 do group[flat[index]] = flat[index + 1] end
    if group['name'] == HANDLERS then
      -- Redis 6 does not have it, and no Redis does after entries were deleted by hand.
      local new = group['lag'] or #redis.call('XRANGE', name, '(' .. group['last-delivered-id'],
        '+', 'COUNT', 1000)
      count = group['pending'] + new
    end
  end
  counts[partition + 1] = count
end
return counts
"""

EVENT_SCRIPTS = {
    "lags": LAGS,
    "lead": LEAD,
    "resign": RESIGN,
    "progress": PROGRESS,
    "attend": ATTEND,
    "publish": PUBLISH,
    "webhook": WEBHOOK,
    "ack": ACK,
}
