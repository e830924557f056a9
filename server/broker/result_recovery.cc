#include "server/broker/result_recovery.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/log.h"
#include "server/base/one_shot.h"
#include "server/base/proto_time.h"
#include "server/broker/expiry.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

// Results brought home at once: enough to be quick, few enough to leave the store to callers.
constexpr size_t kAtOnce = 32;
constexpr absl::Duration kPause = absl::Seconds(1);

absl::string_view NameOf(Homecoming::End end) {
  switch (end) {
    case Homecoming::End::kWritten:
      return "written";
    case Homecoming::End::kTaken:
      return "superseded";
    case Homecoming::End::kEnded:
      return "grant_ended";
    case Homecoming::End::kExpired:
      return "grant_expired";
    case Homecoming::End::kUnreadable:
      return "slot_unreadable";
  }
  return "";
}

}  // namespace

ResultRecovery::ResultRecovery(Parts parts) : parts_(parts) {}

void ResultRecovery::Replay(std::vector<ResultJournal::Entry> entries) {
  std::deque<Job> jobs;
  for (const ResultJournal::Entry& entry : entries) {
    Job job;
    job.entry = entry.id;
    if (job.renewed.ParseFromString(entry.record)) {
      jobs.push_back(std::move(job));
    } else {
      Log(LogLevel::kError, "journal_entry_unreadable", {{"entry", entry.id}});
    }
  }
  if (!jobs.empty()) Log(LogLevel::kWarn, "journal_replay", {{"entries", jobs.size()}});
  Begin(std::move(jobs), [] {});
}

void ResultRecovery::CheckRecent() {
  wanted_again_ = std::exchange(checking_, true);
  if (wanted_again_) return;
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  Spawn(parts_.executor, CheckRecentWhenBack());
}

Task<void> ResultRecovery::CheckRecentWhenBack() {
  for (bool back = false; !back;) {
    absl::Status answered = co_await parts_.store->Ping();
    back = answered.ok();
    if (!back) co_await Delay(kPause);
  }
  wanted_again_ = false;
  std::deque<Job> jobs;
  for (const LoadedGrant& result : parts_.recent->All()) {
    Job job;
    job.renewed.set_slot(result.key.value);
    *job.renewed.mutable_grant() = result.grant();
    *job.renewed.mutable_slot_expire_time() =
        ToTimestamp(FromTimestamp(result.grant().expire_time()) + kRemembranceAfterEnd);
    jobs.push_back(std::move(job));
  }
  Begin(std::move(jobs), [this] { EndCheck(); });
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

void ResultRecovery::EndCheck() {
  checking_ = false;
  if (wanted_again_) CheckRecent();
}

void ResultRecovery::Begin(std::deque<Job> jobs, std::function<void()> on_end) {
  if (jobs.empty()) return on_end();
  in_flight_.fetch_add(static_cast<int>(jobs.size()), std::memory_order_relaxed);
  const size_t workers = std::min(jobs.size(), kAtOnce);
  const auto round = std::make_shared<Round>();
  round->left = jobs.size();
  round->waiting = std::move(jobs);
  round->on_end = std::move(on_end);
  for (size_t i = 0; i < workers; ++i) Spawn(parts_.executor, Work(round));
}

Task<void> ResultRecovery::Work(std::shared_ptr<Round> round) {
  while (!round->waiting.empty()) {
    Job job = std::move(round->waiting.front());
    round->waiting.pop_front();
    if (job.renewed.grant().ended_by_app()) {
      SlotKey key{job.renewed.slot()};
      co_await EndAgain(std::move(key), job.renewed.grant());
    } else {
      co_await BringHome(std::move(job));
    }
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    if (--round->left == 0) round->on_end();
  }
}

Task<void> ResultRecovery::BringHome(Job job) {
  const RequestContext context;
  const bool replayed = job.entry.has_value();
  const storage::v1::Grant& grant = job.renewed.grant();
  LoadedGrant slot;
  slot.key.value = job.renewed.slot();
  SlotLease lease(parts_.executor, parts_.store, parts_.clock, slot.key, parts_.lease);
  const Homecoming::Parts parts = {parts_.executor, parts_.store, parts_.grants,
                                   parts_.journal,  parts_.clock, /*insist=*/replayed};
  Homecoming homecoming(
      parts, context, &lease, job.renewed, [](absl::Status) {}, job.entry);
  const Homecoming::End end = co_await homecoming.Run(&slot);
  if (replayed || end == Homecoming::End::kWritten || end == Homecoming::End::kUnreadable) {
    Log(LogLevel::kWarn, replayed ? "journal_entry_replayed" : "forgotten_result_restored",
        {{"grant", grant.grant_id()}, {"end", NameOf(end)}});
  }
  if (end == Homecoming::End::kWritten) parts_.recent->Remember(slot);
  const bool homeless = end == Homecoming::End::kEnded || end == Homecoming::End::kExpired;
  if (homeless && replayed) co_await Revoke(grant);
}

Task<void> ResultRecovery::EndAgain(SlotKey key, storage::v1::Grant ended) {
  for (;;) {
    absl::StatusOr<LoadedGrant> slot = co_await parts_.grants->Reload(key);
    if (slot.ok() && slot->grant().ended_by_app()) co_return;
    absl::Status failure = slot.status();
    if (slot.ok()) {
      GrantRepository::Change change = [&ended](storage::v1::Grant* grant) {
        if (grant->ended_by_app()) return false;
        *grant = ended;
        return true;
      };
      absl::StatusOr<LoadedGrant> written =
          co_await parts_.grants->Update(*std::move(slot), std::move(change));
      if (written.ok()) {
        Log(LogLevel::kWarn, "forgotten_revocation_restored", {{"grant", ended.grant_id()}});
        co_return;
      }
      failure = written.status();
    }
    // A slot that is gone is as good as ended.
    if (!IsStoreDown(failure)) co_return;
    co_await Delay(kPause);
  }
}

Task<void> ResultRecovery::Revoke(storage::v1::Grant homeless) {
  const config::v1::App* app = parts_.apps->Find(homeless.app());
  if (app == nullptr) co_return;
  absl::StatusOr<ProviderBinding> binding = parts_.apps->Bind(*app, homeless.provider());
  if (!binding.ok()) co_return;
  storage::v1::ProviderTokens tokens = homeless.tokens();
  absl::StatusOr<bool> revoked = co_await parts_.provider->Revoke(app, *binding, std::move(tokens));
  if (!revoked.ok()) {
    Log(LogLevel::kWarn, "new_tokens_not_revoked",
        {{"grant", homeless.grant_id()}, {"error", revoked.status()}});
  }
}

}  // namespace evertoken
