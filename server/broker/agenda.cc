#include "server/broker/agenda.h"

#include <algorithm>
#include <cstdint>

#include "server/base/proto_time.h"
#include "server/broker/backoff.h"
#include "server/broker/expiry.h"
#include "server/broker/freshness.h"
#include "server/provider/token_binding.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::Provider;
using storage::v1::Grant;
using storage::v1::RenewalHistory;

constexpr absl::Duration kLeastMargin = absl::Minutes(15);
constexpr double kJitter = 0.05;
constexpr absl::Duration kShortestPutOff = absl::Seconds(1);
// An end that a renewal would move by less is not worth one.
constexpr absl::Duration kLeastGain = absl::Seconds(1);

// From [0, 1), evenly over grants and over the attempts of one grant (FNV-1a, then MurmurHash3's finish).
double FractionOf(const Grant& grant) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const char c : grant.grant_id()) add(static_cast<unsigned char>(c));
  const auto attempts = static_cast<uint64_t>(grant.renewal().attempts());
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<unsigned char>(attempts >> shift));
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 33;
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

absl::Duration OwnBackoff(const Grant& grant) {
  const absl::Duration backoff =
      Backoff(kGrantBackoff, grant.renewal().failures(), FractionOf(grant));
  const absl::Time failed = FromTimestamp(grant.renewal().last_attempt_time());
  // In what a timestamp can hold.
  return absl::Trunc(std::min(backoff, LongestPutOff(grant, failed)), absl::Milliseconds(1));
}

bool Waits(const Grant& grant) { return !grant.renewal().failure_reason().empty(); }

// When the failure's waiting time is over: the one that callers were told, and ours, which grows.
absl::Time NextAttempt(const Grant& grant) {
  const RenewalHistory& history = grant.renewal();
  absl::Time next = FromTimestamp(history.last_attempt_time()) + OwnBackoff(grant);
  if (history.has_next_attempt_time())
    next = std::max(next, FromTimestamp(history.next_attempt_time()));
  if (grant.state() == v1::GRANT_STATE_USER_ACTION_REQUIRED)
    next = std::max(next, FromTimestamp(history.last_attempt_time()) + kUserActionInterval);
  return next;
}

bool IsCompanion(const Grant& grant) { return !grant.of_slot().empty(); }

// What nobody could use.
bool IsDead(const Grant& grant, absl::Time now) {
  return !grant.claimed() || !CheckAlive(grant).ok() || FromTimestamp(grant.expire_time()) <= now;
}

// What nobody can renew.
bool IsFinal(const Grant& grant, const Provider& entry, absl::Time now) {
  if (grant.state() == v1::GRANT_STATE_AMBIGUOUS) return true;
  const Provider::Renewal& renewal = entry.renewal();
  const bool nothing_to_present =
      RenewalKindOf(entry, grant.tokens()) == Provider::Renewal::KIND_NONE;
  const bool too_late = renewal.only_while_alive() && grant.tokens().has_access_expire_time() &&
                        FromTimestamp(grant.tokens().access_expire_time()) <= now;
  return nothing_to_present || too_late;
}

// Whether a renewal can give a later end to what ends then.
bool RefreshTokenEndMoves(const Provider& entry, const storage::v1::ProviderTokens& tokens) {
  const bool capped =
      tokens.has_refresh_cap_time() &&
      FromTimestamp(tokens.refresh_expire_time()) >= FromTimestamp(tokens.refresh_cap_time());
  return entry.lifetimes().refresh_token_model() != Provider::Lifetimes::MODEL_ABSOLUTE && !capped;
}

bool OwnEndMoves(const App& app, const Provider& entry, const Grant& grant, absl::Time at) {
  const bool provider_keeps = grant.expiry_limit() == v1::EXPIRY_LIMIT_PROVIDER &&
                              !RefreshTokenEndMoves(entry, grant.tokens());
  const Expiry renewed =
      RefreshedExpiry(app, FromTimestamp(grant.login_time()), absl::InfiniteFuture(), at);
  return !provider_keeps && renewed.time - FromTimestamp(grant.expire_time()) > kLeastGain;
}

// The times at which something makes a renewal due, for tokens that came at `start`.
class DueTimes {
 public:
  DueTimes(absl::Time start, const Provider::Renewal::Timing& timing)
      : start_(start), timing_(timing) {}

  void AddEnd(absl::Time end) {
    const absl::Duration life = std::max(end - start_, absl::ZeroDuration());
    const absl::Duration margin =
        timing_.has_margin() ? FromDuration(timing_.margin()) : std::max(life / 10, kLeastMargin);
    Add(end - std::min(margin, life / 3));
  }
  void Add(absl::Time time) { earliest_ = std::min(earliest_, time); }

  absl::Time earliest() const { return earliest_; }

 private:
  const absl::Time start_;
  const Provider::Renewal::Timing& timing_;
  absl::Time earliest_ = absl::InfiniteFuture();
};

std::optional<absl::Time> NextProactive(const App& app, const Provider& entry, const Grant& grant) {
  const storage::v1::ProviderTokens& tokens = grant.tokens();
  const Provider::Renewal::Timing& timing = entry.renewal().timing();
  // Tokens that a login brought were never renewed; a liveness check renews without new tokens.
  const absl::Time start = std::max(FromTimestamp(tokens.obtain_time()),
                                    FromTimestamp(grant.renewal().last_success_time()));
  DueTimes times(start, timing);
  const bool by_ends = timing.mode() != Provider::Renewal::MODE_ON_REJECTION;
  if (by_ends && tokens.has_access_expire_time())
    times.AddEnd(FromTimestamp(tokens.access_expire_time()));
  if (by_ends && tokens.has_refresh_expire_time() && RefreshTokenEndMoves(entry, tokens))
    times.AddEnd(FromTimestamp(tokens.refresh_expire_time()));
  const absl::Time expire = FromTimestamp(grant.expire_time());
  if (!IsCompanion(grant) && OwnEndMoves(app, entry, grant, expire)) times.AddEnd(expire);
  if (timing.has_keep_alive_interval())
    times.Add(start + FromDuration(timing.keep_alive_interval()));
  if (times.earliest() == absl::InfiniteFuture()) return std::nullopt;
  const absl::Duration wait = std::max(times.earliest() - start, absl::ZeroDuration());
  const absl::Duration jittered = wait * (1 - kJitter * FractionOf(grant));
  const absl::Duration least =
      std::max(FromDuration(entry.renewal().minimum_age()), kShortestInterval);
  return start + std::max(jittered, least);
}

std::optional<absl::Time> Earlier(const std::optional<absl::Time>& one,
                                  const std::optional<absl::Time>& other) {
  if (!one.has_value() || !other.has_value()) return one.has_value() ? one : other;
  return std::min(*one, *other);
}

}  // namespace

std::optional<absl::Time> NextRenewal(const App& app, const Provider& entry, const Grant& grant,
                                      bool attempt_open, absl::Time now) {
  if (IsDead(grant, now) || IsFinal(grant, entry, now)) return std::nullopt;
  const bool proactive = app.keep_alive() == App::KEEP_ALIVE_MODE_PROACTIVE &&
                         entry.renewal().timing().mode() != Provider::Renewal::MODE_LAZY;
  if (!proactive && !attempt_open) return std::nullopt;
  if (Waits(grant)) return NextAttempt(grant);
  if (attempt_open) return now;
  return NextProactive(app, entry, grant);
}

std::optional<absl::Time> NextAnnouncement(const App& app, const Provider& entry,
                                           const Grant& grant, absl::Time now) {
  const absl::Time end = FromTimestamp(grant.expire_time());
  const bool told =
      grant.has_announced_expire_time() && FromTimestamp(grant.announced_expire_time()) == end;
  if (told || IsCompanion(grant) || IsDead(grant, now)) return std::nullopt;
  if (!IsFinal(grant, entry, now) && OwnEndMoves(app, entry, grant, end)) return std::nullopt;
  const absl::Time start = std::max(FromTimestamp(grant.login_time()),
                                    FromTimestamp(grant.renewal().last_success_time()));
  const absl::Duration life = std::max(end - start, absl::ZeroDuration());
  return end - std::min(kNoticeFraction * life, kLongestNotice);
}

std::optional<absl::Time> NextEndNotice(const App& app, const Grant& grant) {
  if (!grant.claimed() || IsCompanion(grant) || !CheckAlive(grant).ok()) return std::nullopt;
  const absl::Time end = FromTimestamp(grant.expire_time());
  const auto is_end = [end](const google::protobuf::Timestamp& time) {
    return FromTimestamp(time) == end;
  };
  if (grant.has_told_expire_time() && is_end(grant.told_expire_time())) return std::nullopt;
  const bool announced = grant.has_announced_expire_time() && is_end(grant.announced_expire_time());
  if (!announced && app.keep_alive() != App::KEEP_ALIVE_MODE_PROACTIVE) return std::nullopt;
  return end + kAfterTheEnd;
}

std::optional<absl::Time> NextNotice(const App& app, const Provider& entry, const Grant& grant,
                                     absl::Time now) {
  return Earlier(NextAnnouncement(app, entry, grant, now), NextEndNotice(app, grant));
}

std::optional<absl::Time> NextLook(const Provider& entry, const Grant& grant, absl::Time now) {
  const storage::v1::ProviderTokens& tokens = grant.tokens();
  if (!entry.has_introspection() || IsCompanion(grant) || IsDead(grant, now) ||
      tokens.access_token().empty()) {
    return std::nullopt;
  }
  const absl::Time obtained = FromTimestamp(tokens.obtain_time());
  const absl::Time looked = FromTimestamp(grant.introspect_time());
  const bool end_unknown =
      !tokens.has_access_expire_time() && !entry.lifetimes().access_token_never_expires();
  if (end_unknown && looked < obtained) return obtained;
  if (!entry.introspection().has_interval()) return std::nullopt;
  return std::max(obtained, looked) + FromDuration(entry.introspection().interval());
}

std::optional<absl::Time> NextFollowing(const Grant& grant) {
  if (!IsCompanion(grant) || !CheckAlive(grant).ok()) return std::nullopt;
  return FromTimestamp(grant.expire_time()) + kAfterTheEnd;
}

std::optional<absl::Time> NextVisit(const App& app, const Provider& entry, const Grant& grant,
                                    bool attempt_open, absl::Time now) {
  const std::optional<absl::Time> renewal = NextRenewal(app, entry, grant, attempt_open, now);
  if (attempt_open && renewal.has_value()) return renewal;
  // The visit closes what is open in a grant that is over; then it is told.
  const std::optional<absl::Time> look = Earlier(NextLook(entry, grant, now), NextFollowing(grant));
  return Earlier(look, Earlier(renewal, NextNotice(app, entry, grant, now)));
}

absl::Duration LongestPutOff(const Grant& grant, absl::Time now) {
  absl::Duration left = absl::InfiniteDuration();
  const auto add = [&left, now](const google::protobuf::Timestamp& end) {
    const absl::Duration until = FromTimestamp(end) - now;
    if (until > absl::ZeroDuration()) left = std::min(left, until);
  };
  if (grant.has_expire_time()) add(grant.expire_time());
  if (grant.tokens().has_refresh_expire_time()) add(grant.tokens().refresh_expire_time());
  return std::max(left / 2, kShortestPutOff);
}

void SetOwnBackoff(absl::Time now, Grant* grant) {
  if (!Waits(*grant) || grant->renewal().has_next_attempt_time()) return;
  *grant->mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(now + OwnBackoff(*grant));
  grant->mutable_renewal()->set_own_backoff(true);
}

}  // namespace evertoken
