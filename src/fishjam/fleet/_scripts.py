"""The steps of the fleet as Lua scripts, each of which is atomic in Redis: those of jobs.

Each can be repeated: the engine sends a script again when its answer was lost. All keys of a fleet
begin with `{fj:NAMESPACE}:`, so that they lie in one slot of a cluster.
"""

from __future__ import annotations

from fishjam.fleet._event_scripts import EVENT_SCRIPTS

VERSION = "1"
"""The version of what the keys hold; a job of another version is not touched."""

MAX_EVENTS = 100_000
"""How many events a stream keeps, about."""

GROUP = "workers"
"""The group of consumers that reads the queues of jobs."""

HANDLERS = "handlers"
"""The group of consumers that reads the events."""

# The beginning of every script. `now` is the time of Redis: those of the workers may differ.
_CONSTANTS = f"""
local VERSION, MAX_EVENTS = '{VERSION}', '{MAX_EVENTS}'
local GROUP, HANDLERS = '{GROUP}', '{HANDLERS}'
"""
_COMMON = """
local P = ARGV[1]
local function key(name) return P .. name end
local function time_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local us = time_us()
local now = us / 1000000
local function text(seconds) return string.format('%.6f', seconds) end
local function run_id() return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') end
local function job_key(job) return key('job:' .. job) end
local function get(job, name) return redis.call('HGET', job_key(job), name) end
local function set(job, ...) redis.call('HSET', job_key(job), ...) end
local function drop(job, ...) redis.call('HDEL', job_key(job), ...) end
local function number(value) return tonumber(value or '') or 0 end
local function queue(agent)
  local name = key('queue:' .. agent)
  redis.call('SADD', key('queues'), agent)
  -- There is no command that makes a group only where it is missing.
  redis.pcall('XGROUP', 'CREATE', name, GROUP, '0', 'MKSTREAM')
  return name
end
-- Time first, so that no epoch is ever given out twice, also when the counter was lost.
local function new_epoch(before)
  local moment = us
  if before then moment = math.max(us, tonumber(string.sub(before, 1, 16)) + 1) end
  local count = redis.call('INCR', key('epoch'))
  return string.format('%016.0f-%012.0f', moment, count)
end
local function unqueue(job)
  local msg, agent = get(job, 'msg'), get(job, 'agent')
  if msg and agent then
    redis.call('XACK', key('queue:' .. agent), GROUP, msg)
    redis.call('XDEL', key('queue:' .. agent), msg)
  end
  drop(job, 'msg')
  redis.call('ZREM', key('later'), job)
end
local function leave(job)
  local worker = get(job, 'worker')
  if worker then
    redis.call('SREM', key('own:' .. worker), job)
    redis.call('SREM', key('stop:' .. worker), job)
  end
  drop(job, 'worker')
end
local function forget(job)
  unqueue(job)
  leave(job)
  redis.call('ZREM', key('expiry'), job)
  redis.call('SREM', key('room:' .. (get(job, 'room') or '')), job)
  redis.call('DEL', job_key(job))
  redis.call('SREM', key('jobs'), job)
end
local function announce(job, state)
  unqueue(job)
  local msg = redis.call('XADD', queue(get(job, 'agent')), '*', 'job', job)
  set(job, 'state', state, 'msg', msg, 'at', text(now))
end
local function enqueue(job)
  leave(job)
  announce(job, 'queued')
end
-- Begin a job for the first time, or again.
local function begin(job)
  drop(job, 'again', 'stop', 'saved', 'error')
  set(job, 'failures', '0', 'asked', text(now))
  enqueue(job)
  local wait = number(get(job, 'wait'))
  if wait > 0 then redis.call('ZADD', key('expiry'), text(now + wait), job) end
end
-- End a job that was to stop. One that was stopped by hand stays known, so that it is not begun
-- again for the users who are still there.
local function settle(job)
  if not get(job, 'held') then return forget(job) end
  unqueue(job)
  leave(job)
  redis.call('ZREM', key('expiry'), job)
  drop(job, 'again', 'stop')
  set(job, 'state', 'stopped')
end
local function own(job, worker, epoch)
  leave(job)
  redis.call('ZREM', key('expiry'), job)
  drop(job, 'started')
  set(job, 'state', 'running', 'worker', worker, 'epoch', epoch, 'taken', text(now))
  redis.call('SADD', key('own:' .. worker), job)
end
-- Hand out a job whose worker does not have it any more; false if it ends instead.
local function give_up(job)
  if get(job, 'stop') and not get(job, 'again') then
    settle(job)
    return false
  end
  drop(job, 'again', 'stop')
  if get(job, 'state') == 'offered' then
    leave(job)
    set(job, 'state', 'queued')
  else
    enqueue(job)
  end
  return true
end
local function is_current(job, epoch)
  return epoch ~= '' and get(job, 'epoch') == epoch
end
local function is_known_version(job)
  return get(job, 'v') == VERSION
end
local function write(partition, payload)
  local name = key('events:' .. partition)
  redis.pcall('XGROUP', 'CREATE', name, HANDLERS, '0', 'MKSTREAM')
  redis.call('XADD', name, 'MAXLEN', '~', MAX_EVENTS, '*', 'event', payload)
end
"""

DISPATCH = """
local job, room, agent, peer, data = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local again, by_hand, visited = ARGV[7] == '1', ARGV[8] == '1', ARGV[9] == '1'
local wait, partition, notice = ARGV[10], ARGV[11], ARGV[12]
local state = get(job, 'state')
if state then
  if not is_known_version(job) then return 0 end
  if visited then set(job, 'visited', '1') end
  if get(job, 'held') and not by_hand then return 0 end
  drop(job, 'held')
  local stop = get(job, 'stop')
  if stop == '1' then
    drop(job, 'stop')
    local worker = get(job, 'worker')
    if worker then redis.call('SREM', key('stop:' .. worker), job) end
    return 1
  end
  local is_over = state == 'stopped' or again and (state == 'done' or state == 'failed')
  if stop ~= '2' and not is_over then return 0 end
  set(job, 'data', data, 'wait', wait, 'partition', partition, 'notice', notice)
  if stop == '2' then
    -- Its worker is ending it already: it begins again after that.
    set(job, 'again', '1')
  else
    begin(job)
  end
  return 1
end
redis.call('SADD', key('jobs'), job)
redis.call('SADD', key('room:' .. room), job)
set(job, 'v', VERSION, 'room', room, 'agent', agent, 'peer', peer, 'data', data, 'wait', wait,
  'partition', partition, 'notice', notice)
if visited then set(job, 'visited', '1') end
begin(job)
return 1
"""

VISIT = """
local job = ARGV[2]
if not get(job, 'state') or not is_known_version(job) then return 0 end
set(job, 'visited', '1')
return 1
"""

# Several at once, each by itself: one whose keys are corrupted does not affect the others.
_EACH_ALONE = """
local function each_alone(step, ...)
  local works, answer = pcall(step, ...)
  if works then return answer end
  return type(answer) == 'table' and answer.err or tostring(answer)
end
"""

TAKE = (
    _EACH_ALONE
    + """
local worker, quiet, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
-- A worker that counts as dead would own what cannot be taken from it: others get it.
local is_dead = not redis.call('ZSCORE', key('workers'), worker)
-- They may be another worker's, which had no time yet to say so after everything was lost.
local age = math.max(0, now - tonumber(redis.call('GET', key('born')) or now))
local is_early = age < quiet
local function take(msg, job, agent)
  local state = get(job, 'state')
  if is_dead or is_early then
    if state and get(job, 'msg') == msg then announce(job, state) end
    return false
  end
  -- It stays handed out for a while, until a worker that knows the version gets it.
  if state and not is_known_version(job) then return 'version' end
  local epoch = get(job, 'epoch')
  local is_repeated = state == 'running' and get(job, 'worker') == worker
    and get(job, 'last') == msg
  if not is_repeated then
    redis.call('XACK', key('queue:' .. agent), GROUP, msg)
    redis.call('XDEL', key('queue:' .. agent), msg)
    if get(job, 'msg') ~= msg then return false end
    if state ~= 'queued' and state ~= 'offered' then return false end
    epoch = new_epoch(epoch)
    own(job, worker, epoch)
    drop(job, 'msg')
    set(job, 'last', msg)
  end
  local fields = redis.call('HMGET', job_key(job), 'data', 'peers', 'saved', 'asked', 'failures',
    'at')
  -- What is too large is refused by the worker; so much of it is enough to see that.
  for index = 1, 6 do fields[index] = string.sub(fields[index] or '', 1, most + 1) end
  table.insert(fields, 1, epoch)
  return fields
end
local answers, agents, waiting = {0}, {}, 0
for index = 5, #ARGV, 3 do
  table.insert(answers, each_alone(take, ARGV[index], ARGV[index + 1], ARGV[index + 2]))
  agents[ARGV[index + 2]] = true
end
for agent in pairs(agents) do
  local length = redis.pcall('XLEN', key('queue:' .. agent))
  if type(length) == 'number' then waiting = waiting + length end
end
answers[1] = math.ceil(waiting / math.max(1, redis.call('ZCARD', key('workers'))))
return answers
"""
)

RECORD = """
local job, epoch, name, value = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not is_current(job, epoch) then return 0 end
if name == 'started' then value = text(now) end
set(job, name, value)
return 1
"""

FINISH = """
local job, epoch = ARGV[2], ARGV[3]
if not is_current(job, epoch) then return 0 end
-- Said twice, because the first answer was lost: it may be queued again by now.
if get(job, 'finished') == epoch then return 1 end
set(job, 'finished', epoch)
if get(job, 'again') then
  begin(job)
elseif get(job, 'stop') then
  settle(job)
else
  unqueue(job)
  leave(job)
  set(job, 'state', 'done')
end
return 1
"""

OFFER = """
local job, epoch, reason = ARGV[2], ARGV[3], ARGV[6]
local delay, most, healthy = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7])
if not is_current(job, epoch) then return 0 end
if reason == '' then
  -- A drain: it stays ours until it is taken, so that there is no gap without an agent.
  if get(job, 'state') == 'running' and not get(job, 'stop') then
    announce(job, 'offered')
  end
  return 1
end
-- Said twice, because the first answer was lost: it counts once.
if get(job, 'given') == epoch then return 1 end
set(job, 'given', epoch)
if get(job, 'stop') and not get(job, 'again') then
  settle(job)
  return 1
end
drop(job, 'again', 'stop')
unqueue(job)
leave(job)
local failures = number(get(job, 'failures')) + 1
-- One that ran well for a while does not fail in a row.
local started = get(job, 'started')
if started and now - number(started) >= healthy then failures = 1 end
set(job, 'error', reason, 'failures', string.format('%.0f', failures))
if failures >= most then
  set(job, 'state', 'failed')
else
  set(job, 'state', 'waiting')
  redis.call('ZADD', key('later'), text(now + delay), job)
end
return 1
"""

STOP = """
local job, before, by_hand = ARGV[2], ARGV[3], ARGV[4] == '1'
local state = get(job, 'state')
if not state or not is_known_version(job) then return 0 end
-- The caller does not mean a job that is younger than what it has seen.
if before ~= '' and number(get(job, 'asked')) >= tonumber(before) then return 0 end
if by_hand and state == 'stopped' then return 0 end
if by_hand then set(job, 'held', '1') else drop(job, 'held') end
if state ~= 'running' and state ~= 'offered' then
  settle(job)
  return 1
end
drop(job, 'again')
if state == 'offered' then
  unqueue(job)
  set(job, 'state', 'running')
end
if not get(job, 'stop') then set(job, 'stop', '1') end
redis.call('SADD', key('stop:' .. get(job, 'worker')), job)
return 1
"""

FORGET = """
local job, room = ARGV[2], ARGV[3]
if redis.call('SREM', key('jobs'), job) == 0 then return 0 end
if not pcall(forget, job) then
  -- What it was cannot be read.
  redis.call('DEL', job_key(job))
  redis.call('SREM', key('room:' .. room), job)
end
return 1
"""

BEAT = """
local worker, lease, info, fullness, server = ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local known = redis.call('ZADD', key('workers'), text(now + lease), worker) == 0
redis.call('SET', key('w:' .. worker), info)
redis.call('ZADD', key('fullness'), fullness, worker)
redis.call('SETNX', key('born'), text(now))
local stops = redis.call('SMEMBERS', key('stop:' .. worker))
for _, job in ipairs(stops) do
  pcall(function() if get(job, 'stop') then set(job, 'stop', '2') end end)
end
local id, owned = run_id(), {}
-- There may be thousands, and a worker that is known has the same.
if not known or id ~= server then owned = redis.call('SMEMBERS', key('own:' .. worker)) end
local emptiest = redis.call('ZRANGE', key('fullness'), 0, 0, 'WITHSCORES')[2]
return {known and 1 or 0, text(now - tonumber(redis.call('GET', key('born')))), text(now), id,
  stops, owned, redis.call('EXISTS', key('drain:' .. worker)), emptiest}
"""

DRAIN = """
if not redis.call('ZSCORE', key('workers'), ARGV[2]) then return 0 end
redis.call('SET', key('drain:' .. ARGV[2]), '1')
return 1
"""

OLDEST = """
local found = redis.call('XRANGE', key('queue:' .. ARGV[2]), '-', '+', 'COUNT', 1)
if not found[1] then return '0' end
return text(math.max(0, now - tonumber(string.match(found[1][1], '^%d+')) / 1000))
"""

KEEP = (
    _EACH_ALONE
    + """
local worker = ARGV[2]
local is_dead = not redis.call('ZSCORE', key('workers'), worker)
local function keep(job, epoch, room, agent, peer, data, peers, saved, asked)
  if is_dead then return 0 end
  local state, current = get(job, 'state'), get(job, 'epoch')
  if state and not is_known_version(job) then return 0 end
  if state and current and current > epoch then return 0 end
  if state and (get(job, 'finished') == epoch) then return 0 end
  local is_ours = state == 'running' or state == 'offered'
  if current == epoch and is_ours and get(job, 'worker') == worker then return 1 end
  unqueue(job)
  redis.call('SADD', key('jobs'), job)
  redis.call('SADD', key('room:' .. room), job)
  set(job, 'v', VERSION, 'room', room, 'agent', agent, 'peer', peer, 'data', data, 'peers', peers,
    'saved', saved, 'asked', asked)
  redis.call('HSETNX', job_key(job), 'failures', '0')
  drop(job, 'given')
  own(job, worker, epoch)
  if get(job, 'stop') then redis.call('SADD', key('stop:' .. worker), job) end
  return 1
end
local answers = {}
for index = 3, #ARGV, 9 do
  table.insert(answers, each_alone(keep, unpack(ARGV, index, index + 8)))
end
return answers
"""
)

DISOWN = """
local worker, job = ARGV[2], ARGV[3]
if get(job, 'worker') ~= worker then
  redis.call('SREM', key('own:' .. worker), job)
  return 0
end
give_up(job)
return 1
"""

GIVE_BACK = """
local job, msg = ARGV[2], ARGV[3]
-- One that cannot be read is left to `reap`.
local works, current = pcall(get, job, 'msg')
if not works or current ~= msg then return 0 end
return pcall(announce, job, get(job, 'state')) and 1 or 0
"""

# Each job by itself: one whose keys were corrupted must not keep the others waiting.
REAP = """
local idle, dead = tonumber(ARGV[2]), ARGV[3]
local moved = {}
local function each(jobs, use)
  for _, job in ipairs(jobs) do
    local works, is_moved = pcall(use, job)
    if works and is_moved then table.insert(moved, job) end
  end
end
local workers = {dead}
if dead == '' then workers = redis.call('ZRANGEBYSCORE', key('workers'), '-inf', text(now)) end
for _, worker in ipairs(workers) do
  each(redis.call('SMEMBERS', key('own:' .. worker)), function(job)
    return get(job, 'worker') == worker and is_known_version(job) and give_up(job)
  end)
  redis.call('ZREM', key('workers'), worker)
  redis.call('ZREM', key('fullness'), worker)
  redis.call('DEL', key('own:' .. worker), key('stop:' .. worker), key('w:' .. worker),
    key('drain:' .. worker))
end
local function due(name)
  return redis.call('ZRANGEBYSCORE', key(name), '-inf', text(now), 'LIMIT', 0, 100)
end
each(due('later'), function(job)
  redis.call('ZREM', key('later'), job)
  if get(job, 'state') == 'waiting' then enqueue(job) end
end)
each(due('expiry'), function(job)
  redis.call('ZREM', key('expiry'), job)
  if not is_known_version(job) or get(job, 'state') ~= 'queued' then return end
  local partition, notice = get(job, 'partition'), get(job, 'notice')
  forget(job)
  if notice and notice ~= '' then write(partition, notice) end
end)
-- What was handed out and never taken: its reader died, or the answer to its reading was lost.
for _, agent in ipairs(redis.call('SMEMBERS', key('queues'))) do
  local name = queue(agent)
  for _, entry in ipairs(redis.call('XPENDING', name, GROUP, '-', '+', 100)) do
    local msg, worker, age = entry[1], entry[2], entry[3]
    if age >= idle or not redis.call('ZSCORE', key('workers'), worker) then
      local found = redis.call('XRANGE', name, msg, msg)
      redis.call('XACK', name, GROUP, msg)
      redis.call('XDEL', name, msg)
      each({found[1] and found[1][2][2]}, function(job)
        if get(job, 'msg') ~= msg then return false end
        announce(job, get(job, 'state'))
        return true
      end)
    end
  end
end
return moved
"""

# Many at once, each by itself: what cannot be read comes back as its name alone.
_LOOK = """
local function look(job)
  local works, fields = pcall(redis.call, 'HMGET', job_key(job), 'v', 'state', 'worker', 'asked',
    'failures', 'error', 'started', 'stop', 'visited', 'peers')
  local answer = {job}
  if works then
    for field = 1, 10 do answer[field + 1] = fields[field] or '' end
  end
  return answer
end
"""

LOOK = (
    _LOOK
    + """
local answers = {}
for index = 2, #ARGV do answers[index - 1] = look(ARGV[index]) end
return answers
"""
)

# With the time, because what is asked for later than a room was read must not be stopped.
ROOM = (
    _LOOK
    + """
local answers = {text(now)}
for _, job in ipairs(redis.call('SMEMBERS', key('room:' .. ARGV[2]))) do
  table.insert(answers, look(job))
end
return answers
"""
)

SCRIPTS = {
    name: _CONSTANTS + _COMMON + script
    for name, script in {
        **EVENT_SCRIPTS,
        "dispatch": DISPATCH,
        "visit": VISIT,
        "take": TAKE,
        "record": RECORD,
        "finish": FINISH,
        "offer": OFFER,
        "stop": STOP,
        "forget": FORGET,
        "now": "return text(now)",
        "beat": BEAT,
        "drain": DRAIN,
        "oldest": OLDEST,
        "keep": KEEP,
        "disown": DISOWN,
        "give_back": GIVE_BACK,
        "reap": REAP,
        "look": LOOK,
        "room": ROOM,
    }.items()
}
