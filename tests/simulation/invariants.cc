// What must hold in a World, whatever happens to it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/freshness.h"
#include "tests/simulation/world.h"

namespace evertoken::simulation {
namespace {

using hostile::Family;

bool Contains(const std::vector<std::string>& list, const std::string& element) {
  return std::find(list.begin(), list.end(), element) != list.end();
}

}  // namespace

void World::OnTokens(size_t machine, const std::string& access_token) {
  const Family* const family = provider_.book().FamilyOf(access_token);
  if (family == nullptr) return;
  ++findings_.renewals;
  for (size_t i = 0; i < users_.size(); ++i) {
    if (users_[i].family == family->id)
      received_.push_back({i, access_token, machine, clock_.Now(), false});
  }
}

// A stored newer token is never replaced by an older one, and no grant ends without a reason.
void World::OnWrite(const SlotKey& key, bool forgotten) {
  User& user = users_[user_of_slot_.at(key.value)];
  const storage::v1::Grant grant = Stored(key);
  CheckEventsOf(&user, forgotten, grant);
  const std::string& token = grant.tokens().access_token();
  if (forgotten) {
    user.forgotten = true;
    for (Received& received : received_) {
      if (&users_[received.user] == &user && received.process_died) received.excused = true;
    }
    const auto known = std::find(user.stored.begin(), user.stored.end(), token);
    if (known != user.stored.end()) user.stored.erase(known + 1, user.stored.end());
  } else if (!token.empty() && (user.stored.empty() || user.stored.back() != token)) {
    if (Contains(user.stored, token))
      Violate(absl::StrCat(user.policy, ": a newer token was replaced by an older one"));
    user.stored.push_back(token);
  }
  const bool ended =
      grant.state() == v1::GRANT_STATE_REVOKED || grant.state() == v1::GRANT_STATE_EXPIRED;
  if (ended && !user.revoking && !user.withdrawn)
    Violate(absl::StrCat(user.policy, ": a grant ended although nobody ended it"));
}

// A refresh token outside its grace is never presented twice; once more where the entry says so.
void World::CheckStep() {
  const int64_t reused = provider_.book().CountOf(hostile::Verdict::kReused);
  if (reused == reused_) return;
  reused_ = reused;
  for (const User& user : users_) {
    const Family& family = provider_.book().families()[static_cast<size_t>(user.family) - 1];
    if (family.reuses > 0 && user.policy != "once")
      Violate(absl::StrCat(user.policy, ": a spent refresh token was presented"));
  }
}

// What a provider gave to a process that could save it is in the slot, or something newer is.
void World::CheckResults() {
  for (const Received& received : received_) {
    const User& user = users_[received.user];
    // Where a token may be presented again, several answers are good, and one of them is kept.
    const bool only_one = user.policy == "never" || user.policy == "once";
    if (received.excused || user.revoking || !only_one) continue;
    if (!Contains(user.stored, received.access_token)) {
      Violate(absl::StrCat(user.policy, ": tokens that m", received.machine,
                           " received are in no store: ", received.access_token));
    }
  }
}

// Renewed in the quiet, if it is to be renewed at all, and without a question that nobody settled.
bool World::IsTended(const User& user) {
  const storage::v1::Grant grant = Stored(user.slot);
  if (!CheckAlive(grant).ok()) return true;
  const bool over = user.revoking || user.withdrawn || grant.state() == v1::GRANT_STATE_AMBIGUOUS;
  if (shared_.OpenAnswers(user.slot) > 0) return false;
  if (over || user.app->keep_alive() != config::v1::App::KEEP_ALIVE_MODE_PROACTIVE) return true;
  return grant.renewal().failure_reason().empty() &&
         FromTimestamp(grant.renewal().last_success_time()) > quiet_since_ + absl::Seconds(10);
}

// What the provider would renew has been renewed in the end, without any caller.
void World::CheckTended() {
  for (const User& user : users_) {
    if (IsTended(user)) {
      ++findings_.tended;
      continue;
    }
    Violate(absl::StrCat(user.policy, " of ", user.app->key(), ": not tended in the end; ",
                         shared_.OpenAnswers(user.slot), " answers are open"));
  }
}

void World::CheckEnd(size_t number, const absl::Status& refreshed) {
  const User& user = users_[number];
  const storage::v1::Grant grant = Stored(user.slot);
  findings_.presentations = provider_.calls(hostile::Endpoint::kToken);
  // A further pair may have ended before, with a grant that the provider had ended.
  const bool ended =
      user.is_companion ? !CheckAlive(grant).ok() : grant.state() == v1::GRANT_STATE_REVOKED;
  if (user.revoked && !user.forgotten && !ended)
    Violate(absl::StrCat(user.policy, ": a grant that the app revoked lives"));
  if (user.revoking || user.withdrawn || refreshed.ok()) return;
  if (ReasonOf(refreshed) != v1::ERROR_REASON_REFRESH_AMBIGUOUS) {
    return Violate(absl::StrCat(user.policy, ": not renewed in the end: ", refreshed.ToString()));
  }
  ++findings_.ambiguous;
  const std::string& token = grant.tokens().refresh_token();
  const bool unlucky = findings_.crashes + findings_.pauses + findings_.failovers > 0 ||
                       store_failed_ || provider_.book().Count(token) > 0;
  if (user.policy == "harmless" || !unlucky)
    Violate(absl::StrCat(user.policy, ": ambiguous without need"));
}

}  // namespace evertoken::simulation
