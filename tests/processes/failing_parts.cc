#include "tests/processes/failing_parts.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"

namespace evertoken {
namespace {

class FailingStore final : public TokenStore {
 public:
  FailingStore(Failpoints* failpoints, std::unique_ptr<TokenStore> store)
      : failpoints_(failpoints), store_(std::move(store)) {}

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override {
    return store_->ReadGrant(std::move(key));
  }
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override {
    return store_->CreateGrant(std::move(key), std::move(write));
  }
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override {
    return store_->WriteGrant(std::move(key), expected_version, std::move(write));
  }
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override {
    return Pass("BeginRenewal", key, store_->BeginRenewal(key, std::move(owner), duration));
  }
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override {
    return Pass("ExtendLease", key, store_->ExtendLease(key, fence, duration));
  }
  Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) override {
    return Pass("PresentAgain", key, store_->PresentAgain(key, fence, duration));
  }
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override {
    return Pass(
        "CommitRenewal", key,
        store_->CommitRenewal(key, fence, expected_version, lost_answers, std::move(write)));
  }
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override {
    return Pass("AbandonRenewal", key, store_->AbandonRenewal(key, fence));
  }
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most) override {
    return store_->AwaitChange(std::move(key), at_most);
  }
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override {
    return store_->PutTicket(std::move(key), std::move(owner), std::move(record), ttl);
  }
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override {
    return store_->SpendTicket(std::move(key), std::move(owner), replay_window);
  }
  Task<absl::Status> Ping() override { return store_->Ping(); }
  void SetInvalidationListener(InvalidationListener listener) override {
    store_->SetInvalidationListener(std::move(listener));
  }
  void SetReconnectListener(ReconnectListener listener) override {
    store_->SetReconnectListener(std::move(listener));
  }
  bool CanRemember() const override { return store_->CanRemember(); }

 private:
  template <typename T>
  Task<T> Pass(const char* operation, const SlotKey& key, Task<T> work) {
    return PassFailpoints(failpoints_, operation, key.value, std::move(work));
  }

  Failpoints* const failpoints_;
  const std::unique_ptr<TokenStore> store_;
};

class FailingHttpClient final : public HttpClient {
 public:
  FailingHttpClient(Failpoints* failpoints, std::unique_ptr<HttpClient> client)
      : failpoints_(failpoints), client_(std::move(client)) {}

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override {
    const bool presents = absl::StrContains(request.body, "grant_type=refresh_token");
    Task<absl::StatusOr<HttpReply>> reply = client_->Send(std::move(request));
    return presents ? PassFailpoints(failpoints_, "Present", "", std::move(reply))
                    : std::move(reply);
  }

 private:
  Failpoints* const failpoints_;
  const std::unique_ptr<HttpClient> client_;
};

class FailingJournal final : public ResultJournal {
 public:
  FailingJournal(Failpoints* failpoints, std::unique_ptr<ResultJournal> journal)
      : failpoints_(failpoints), journal_(std::move(journal)) {}

  Task<absl::StatusOr<EntryId>> Append(std::string record) override {
    return PassFailpoints(failpoints_, "Append", "", journal_->Append(std::move(record)));
  }
  // Who stops before it does not remove; there is nothing to wait for after it.
  void Remove(EntryId id) override {
    if (!failpoints_->Stops(Failpoints::Moment::kBefore, "Remove")) journal_->Remove(id);
  }
  std::vector<Entry> TakeRecovered() override { return journal_->TakeRecovered(); }

 private:
  Failpoints* const failpoints_;
  const std::unique_ptr<ResultJournal> journal_;
};

// Gives nothing away: what others left open would be counted by the failpoints too.
class IdleQueue final : public DueQueue {
 public:
  explicit IdleQueue(int shards) : shards_(shards) {}

  int shards() const override { return shards_; }
  Task<absl::StatusOr<DueClaim>> Claim(int, std::string, absl::Duration, int) override {
    co_return DueClaim();
  }
  Task<absl::Status> Release(int, std::string) override { co_return absl::OkStatus(); }

 private:
  const int shards_;
};

}  // namespace

ServerDecorators WithFailpoints(Failpoints* failpoints) {
  ServerDecorators decorators;
  decorators.store = [failpoints](std::unique_ptr<TokenStore> store) {
    return std::make_unique<FailingStore>(failpoints, std::move(store));
  };
  decorators.due = [](std::unique_ptr<DueQueue> queue) {
    return std::make_unique<IdleQueue>(queue->shards());
  };
  decorators.http = [failpoints](std::unique_ptr<HttpClient> client) {
    return std::make_unique<FailingHttpClient>(failpoints, std::move(client));
  };
  decorators.journal = [failpoints](std::unique_ptr<ResultJournal> journal) {
    return std::make_unique<FailingJournal>(failpoints, std::move(journal));
  };
  return decorators;
}

}  // namespace evertoken
