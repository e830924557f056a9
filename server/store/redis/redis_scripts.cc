#include "server/store/redis/redis_scripts.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evertoken {
namespace {

// A grant is a hash: a app, r record, v version, f newest fence; while a renewal holds the slot: o owner, l end of the lease, fo the
// lost answers that it found; while an attempt is open: al its lost answers, at its time; lo the owner that last committed or
// abandoned. Times are milliseconds since 1970. A ticket is a hash: o owner, r record, s set when spent. A shard's due queue is a sorted set of slot keys by due time, beside it a
// string names its holder. A shard's events are a stream (p position of the event before, a app, r record), beside it a string
// holds the newest one's position.
//
// Versions and fences are compared as the decimal texts they are stored as and counted by HINCRBY: Lua's numbers are doubles. Milliseconds
// are far below 2^53, but tostring would round them, hence `text`. A fence is at least the time it was given out at, so that a
// replica that took over and missed some fences does not give them out again; so is an event's position.
//
// Every answer begins with a word: ok, gone, exists, conflict, stale or held. Scripts that change a grant end with a read of it:
// the change ended the server's tracking of the key for us too, and NOLOOP kept that from us. What nobody follows is read by GETEX,
// which is not tracked.
constexpr absl::string_view kPrelude = R"lua(
local key = KEYS[1]
local function text(number) return string.format('%.0f', number) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function version() return redis.call('HGET', key, 'v') end
)lua";

// Of scripts that change when a grant is due. Keys: the grant, its shard's due queue. A queue lives longer than the longest due time.
constexpr absl::string_view kDuePrelude = R"lua(
local slot = string.match(key, '[^:]*$')
local function due_at(time, if_earlier)
  if if_earlier then
    redis.call('ZADD', KEYS[2], 'LT', text(time), slot)
  else
    redis.call('ZADD', KEYS[2], text(time), slot)
  end
  redis.call('PEXPIRE', KEYS[2], '34560000000')
end
)lua";

// Of scripts that write a record. Keys: the grant, its shard's due queue, newest event, events. Arguments from `i` on: app, record,
// ttl, due (empty: not), by how much the version grows, how many events to keep, events. `waits`: something waits to be settled, so
// that the grant becomes due no later than it is.
constexpr absl::string_view kWritePrelude = R"lua(
local function append(i)
  local newest = redis.call('GETEX', KEYS[3]) or '0-0'
  for n = i + 6, #ARGV do
    newest = redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[i + 5], '*',
                        'p', newest, 'a', ARGV[i], 'r', ARGV[n])
  end
  redis.call('SET', KEYS[3], newest, 'PX', '5184000000')
  redis.call('PEXPIRE', KEYS[4], '5184000000')
end
local function write(i, waits)
  redis.call('HSET', key, 'a', ARGV[i], 'r', ARGV[i + 1])
  redis.call('HINCRBY', key, 'v', ARGV[i + 4])
  redis.call('PEXPIRE', key, ARGV[i + 2])
  if ARGV[i + 3] ~= '' then
    due_at(now() + ARGV[i + 3], waits)
  elseif not waits then
    redis.call('ZREM', KEYS[2], slot)
  end
  if ARGV[i + 6] then append(i) end
  return version()
end
)lua";

constexpr absl::string_view kReadGrant = R"lua(
local s = redis.call('HMGET', key, 'a', 'r', 'v', 'al', 'at', 'o', 'l')
if not s[3] then return {'gone'} end
local time = (s[4] or s[6]) and now()
local left = s[6] and s[7] - time
return {'ok', s[1], s[2], s[3], s[4], s[4] and text(time - s[5]), left and left > 0 and text(left)}
)lua";

// the write
constexpr absl::string_view kCreateGrant = R"lua(
if redis.call('EXISTS', key) == 1 then return {'exists'} end
write(1)
return {'ok'}
)lua";

// version, the write
constexpr absl::string_view kWriteGrant = R"lua(
local v = version()
if not v then return {'gone'} end
if v ~= ARGV[1] then return {'conflict'} end
return {'ok', write(2, redis.call('HEXISTS', key, 'al') == 1)}
)lua";

// owner, duration
constexpr absl::string_view kBeginRenewal = R"lua(
local s = redis.call('HMGET', key, 'a', 'r', 'v', 'al', 'at', 'o', 'l', 'f', 'fo', 'lo')
if not s[3] then return {'gone'} end
if s[10] == ARGV[1] then return {'stale'} end
local time = now()
local left = s[6] and s[7] - time
local found, fence = s[9], s[8]
if s[6] ~= ARGV[1] then
  if left and left > 0 then
    return {'held', s[1], s[2], s[3], s[4], s[4] and text(time - s[5]), text(left)}
  end
  redis.call('HINCRBY', key, 'f', 1)
  if tonumber(redis.call('HGET', key, 'f')) < time then redis.call('HSET', key, 'f', text(time)) end
  fence = redis.call('HGET', key, 'f')
  found = s[4]
  redis.call('HSET', key, 'o', ARGV[1])
  redis.call('HINCRBY', key, 'al', 1)
  if found then
    redis.call('HSET', key, 'fo', found)
  else
    redis.call('HSET', key, 'at', text(time))
    redis.call('HDEL', key, 'fo')
  end
end
redis.call('HSET', key, 'l', text(time + ARGV[2]))
due_at(time + ARGV[2])
version()
return {'ok', s[1], s[2], s[3], found, found and text(time - s[5]), false, fence}
)lua";

// fence, duration
constexpr absl::string_view kExtendLease = R"lua(
local s = redis.call('HMGET', key, 'f', 'o')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
local ends = now() + ARGV[2]
redis.call('HSET', key, 'l', text(ends))
due_at(ends)
version()
return {'ok'}
)lua";

// fence, duration
constexpr absl::string_view kPresentAgain = R"lua(
local s = redis.call('HMGET', key, 'f', 'o')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
local ends = now() + ARGV[2]
redis.call('HSET', key, 'l', text(ends))
due_at(ends)
redis.call('HINCRBY', key, 'al', 1)
version()
return {'ok'}
)lua";

// fence, version, lost answers, the write. What frees memory comes first: then a server that has become full still takes the outcome.
constexpr absl::string_view kCommitRenewal = R"lua(
local s = redis.call('HMGET', key, 'f', 'o', 'v')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
if s[3] ~= ARGV[2] then return {'conflict'} end
redis.call('HDEL', key, 'o', 'l', 'fo')
redis.call('HSET', key, 'lo', s[2])
if ARGV[3] == '0' then
  redis.call('HDEL', key, 'al', 'at')
else
  redis.call('HSET', key, 'al', ARGV[3])
end
return {'ok', write(4)}
)lua";

// fence
constexpr absl::string_view kAbandonRenewal = R"lua(
local s = redis.call('HMGET', key, 'f', 'o')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
redis.call('HDEL', key, 'o', 'l', 'fo')
redis.call('HSET', key, 'lo', s[2])
if redis.call('HINCRBY', key, 'al', -1) <= 0 then redis.call('HDEL', key, 'al', 'at') end
version()
return {'ok'}
)lua";

// owner, record, ttl
constexpr absl::string_view kPutTicket = R"lua(
if redis.call('EXISTS', key) == 1 then return {'exists'} end
redis.call('HSET', key, 'o', ARGV[1], 'r', ARGV[2])
redis.call('PEXPIRE', key, ARGV[3])
return {'ok'}
)lua";

// owner, replay window (0: none)
constexpr absl::string_view kSpendTicket = R"lua(
local s = redis.call('HMGET', key, 'o', 'r', 's')
if not s[1] or s[1] ~= ARGV[1] then return {'gone'} end
if s[3] then return {'ok', s[2], '1'} end
if ARGV[2] == '0' then
  redis.call('DEL', key)
else
  redis.call('HSET', key, 's', '1')
  redis.call('PEXPIRE', key, ARGV[2])
end
return {'ok', s[2], '0'}
)lua";

// Keys: queue, holder. Owner, hold, limit, what precedes a slot key in a grant's name. The rounds are for entries whose grant is
// gone.
constexpr absl::string_view kClaimDue = R"lua(
local holder = redis.call('GETEX', KEYS[2])
if holder and holder ~= ARGV[1] then return {'held'} end
local time, limit, found = now(), tonumber(ARGV[3]), 0
local answer = {'ok', ''}
for round = 1, 10 do
  local due = redis.call('ZRANGEBYSCORE', key, '-inf', text(time), 'WITHSCORES',
                         'LIMIT', '0', text(limit - found))
  for i = 1, #due, 2 do
    if redis.call('EXISTS', ARGV[4] .. due[i]) == 1 then
      redis.call('ZADD', key, text(time + ARGV[2]), due[i])
      found = found + 1
      answer[#answer + 1] = due[i]
      answer[#answer + 1] = text(time - due[i + 1])
    else
      redis.call('ZREM', key, due[i])
    end
  end
  if #due == 0 or found == limit then break end
end
if found < limit then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
answer[2] = text(redis.call('ZCOUNT', key, '-inf', text(time)))
return answer
)lua";

// Key: holder. Owner.
constexpr absl::string_view kReleaseDue = R"lua(
if redis.call('GETEX', key) == ARGV[1] then redis.call('DEL', key) end
return {'ok'}
)lua";

// Keys: events, newest event. Position, limit.
constexpr absl::string_view kReadEvents = R"lua(
local answer = {'ok', redis.call('GET', KEYS[2]) or '0-0'}
for _, event in ipairs(redis.call('XRANGE', key, '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  answer[#answer + 1] = event[1]
  for field = 2, 6, 2 do answer[#answer + 1] = event[2][field] end
end
return answer
)lua";

RedisScript Script(absl::string_view body) {
  RedisScript script;
  script.text = absl::StrCat(kPrelude, body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(script.text.data(), script.text.size(), digest, &length, EVP_sha1(), nullptr);
  script.sha1 =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
  return script;
}

RedisScript LeasingScript(absl::string_view body) {
  return Script(absl::StrCat(kDuePrelude, body));
}

RedisScript WritingScript(absl::string_view body) {
  return Script(absl::StrCat(kDuePrelude, kWritePrelude, body));
}

RedisScripts* MakeScripts() {
  auto* scripts = new RedisScripts;
  scripts->read_grant = Script(kReadGrant);
  scripts->create_grant = WritingScript(kCreateGrant);
  scripts->write_grant = WritingScript(kWriteGrant);
  scripts->begin_renewal = LeasingScript(kBeginRenewal);
  scripts->extend_lease = LeasingScript(kExtendLease);
  scripts->present_again = LeasingScript(kPresentAgain);
  scripts->commit_renewal = WritingScript(kCommitRenewal);
  scripts->abandon_renewal = Script(kAbandonRenewal);
  scripts->put_ticket = Script(kPutTicket);
  scripts->spend_ticket = Script(kSpendTicket);
  scripts->claim_due = Script(kClaimDue);
  scripts->release_due = Script(kReleaseDue);
  scripts->read_events = Script(kReadEvents);
  return scripts;
}

}  // namespace

const RedisScripts& GetRedisScripts() {
  static const RedisScripts* const scripts = MakeScripts();
  return *scripts;
}

}  // namespace evertoken
