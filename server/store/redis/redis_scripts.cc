#include "server/store/redis/redis_scripts.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evertoken {
namespace {

// A grant is a hash: a app, r record, v version, f newest fence; while a renewal holds the slot: o owner, l end of the lease;
// while an attempt is open: al its lost answers, at its time. Times are milliseconds since 1970. A ticket is a hash: o owner,
// r record, s set when spent.
//
// Versions and fences are compared as the decimal texts they are stored as and counted by HINCRBY: Lua's numbers are doubles. Milliseconds
// are far below 2^53, but tostring would round them, hence `text`. A fence is at least the time it was given out at, so that a
// replica that took over and missed some fences does not give them out again.
//
// Every answer begins with a word: ok, gone, exists, conflict, stale or held. Scripts that change a grant end with a read of it:
// the change ended the server's tracking of the key for us too, and NOLOOP kept that from us.
constexpr absl::string_view kPrelude = R"lua(
local key = KEYS[1]
local function text(number) return string.format('%.0f', number) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function version() return redis.call('HGET', key, 'v') end
)lua";

constexpr absl::string_view kReadGrant = R"lua(
local s = redis.call('HMGET', key, 'a', 'r', 'v', 'al', 'at')
if not s[3] then return {'gone'} end
local age = s[4] and text(now() - s[5])
return {'ok', s[1], s[2], s[3], s[4], age}
)lua";

// app, record, ttl
constexpr absl::string_view kCreateGrant = R"lua(
if redis.call('EXISTS', key) == 1 then return {'exists'} end
redis.call('HSET', key, 'a', ARGV[1], 'r', ARGV[2], 'v', '1', 'f', '0')
redis.call('PEXPIRE', key, ARGV[3])
version()
return {'ok'}
)lua";

// version, app, record, ttl
constexpr absl::string_view kWriteGrant = R"lua(
local v = version()
if not v then return {'gone'} end
if v ~= ARGV[1] then return {'conflict'} end
redis.call('HSET', key, 'a', ARGV[2], 'r', ARGV[3])
redis.call('HINCRBY', key, 'v', 1)
redis.call('PEXPIRE', key, ARGV[4])
return {'ok', version()}
)lua";

// owner, duration
constexpr absl::string_view kBeginRenewal = R"lua(
local s = redis.call('HMGET', key, 'a', 'r', 'v', 'al', 'at', 'o', 'l')
if not s[3] then return {'gone'} end
local time = now()
local age = s[4] and text(time - s[5])
if s[6] and tonumber(s[7]) > time then
  return {'held', s[1], s[2], s[3], s[4], age, text(s[7] - time)}
end
redis.call('HINCRBY', key, 'f', 1)
if tonumber(redis.call('HGET', key, 'f')) < time then redis.call('HSET', key, 'f', text(time)) end
local fence = redis.call('HGET', key, 'f')
redis.call('HSET', key, 'o', ARGV[1], 'l', text(time + ARGV[2]))
redis.call('HINCRBY', key, 'al', 1)
if not s[4] then redis.call('HSET', key, 'at', text(time)) end
version()
return {'ok', s[1], s[2], s[3], s[4], age, fence}
)lua";

// fence, duration
constexpr absl::string_view kExtendLease = R"lua(
local s = redis.call('HMGET', key, 'f', 'o')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
redis.call('HSET', key, 'l', text(now() + ARGV[2]))
version()
return {'ok'}
)lua";

// fence, version, lost answers, app, record, ttl
constexpr absl::string_view kCommitRenewal = R"lua(
local s = redis.call('HMGET', key, 'f', 'o', 'v')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
if s[3] ~= ARGV[2] then return {'conflict'} end
redis.call('HSET', key, 'a', ARGV[4], 'r', ARGV[5])
redis.call('HINCRBY', key, 'v', 1)
redis.call('HDEL', key, 'o', 'l')
if ARGV[3] == '0' then
  redis.call('HDEL', key, 'al', 'at')
else
  redis.call('HSET', key, 'al', ARGV[3])
end
redis.call('PEXPIRE', key, ARGV[6])
return {'ok', version()}
)lua";

// fence
constexpr absl::string_view kAbandonRenewal = R"lua(
local s = redis.call('HMGET', key, 'f', 'o')
if not s[2] or s[1] ~= ARGV[1] then return {'stale'} end
redis.call('HDEL', key, 'o', 'l')
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

}  // namespace

const RedisScripts& GetRedisScripts() {
  static const RedisScripts* const scripts =
      new RedisScripts{Script(kReadGrant),      Script(kCreateGrant), Script(kWriteGrant),
                       Script(kBeginRenewal),   Script(kExtendLease), Script(kCommitRenewal),
                       Script(kAbandonRenewal), Script(kPutTicket),   Script(kSpendTicket)};
  return *scripts;
}

}  // namespace evertoken
