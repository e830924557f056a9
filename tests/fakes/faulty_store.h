#ifndef EVERTOKEN_TESTS_FAKES_FAULTY_STORE_H_
#define EVERTOKEN_TESTS_FAKES_FAULTY_STORE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/store/token_store.h"

namespace evertoken {

// A store whose operations a test makes fail: before they happen, or after (the reply is lost). Operations are named as in
// TokenStore. Belongs to one executor.
class FaultyStore final : public TokenStore {
 public:
  enum class Fault { kNotDone, kReplyLost };

  explicit FaultyStore(std::unique_ptr<TokenStore> store) : store_(std::move(store)) {}

  // The next `times` calls of `operation` fail.
  void Fail(const std::string& operation, Fault fault, int times = 1) {
    faults_[operation] = {fault, times};
  }
  // All operations fail until Recover.
  void GoDown() { down_ = true; }
  void Recover() { down_ = false; }

  // From now on another store answers, as a replica does that was promoted.
  void FailOver(std::unique_ptr<TokenStore> promoted) {
    store_ = std::move(promoted);
    if (reconnect_listener_ != nullptr) reconnect_listener_();
  }

  // How often an operation was called.
  int Calls(const std::string& operation) const {
    auto found = calls_.find(operation);
    return found == calls_.end() ? 0 : found->second;
  }
  void ForgetCalls() { calls_.clear(); }

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override {
    return Run("ReadGrant", store_->ReadGrant(std::move(key)));
  }
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override {
    return Run("CreateGrant", store_->CreateGrant(std::move(key), std::move(write)));
  }
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override {
    return Run("WriteGrant",
               store_->WriteGrant(std::move(key), expected_version, std::move(write)));
  }
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override {
    return Run("BeginRenewal", store_->BeginRenewal(std::move(key), std::move(owner), duration));
  }
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override {
    return Run("ExtendLease", store_->ExtendLease(std::move(key), fence, duration));
  }
  Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) override {
    return Run("PresentAgain", store_->PresentAgain(std::move(key), fence, duration));
  }
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override {
    return Run("CommitRenewal", store_->CommitRenewal(std::move(key), fence, expected_version,
                                                      lost_answers, std::move(write)));
  }
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override {
    return Run("AbandonRenewal", store_->AbandonRenewal(std::move(key), fence));
  }
  // Does not fail: it is a hint.
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most) override {
    ++calls_["AwaitChange"];
    return store_->AwaitChange(std::move(key), at_most);
  }
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override {
    return Run("PutTicket",
               store_->PutTicket(std::move(key), std::move(owner), std::move(record), ttl));
  }
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override {
    return Run("SpendTicket", store_->SpendTicket(std::move(key), std::move(owner), replay_window));
  }
  Task<absl::Status> Ping() override { return Run("Ping", store_->Ping()); }
  void SetReconnectListener(ReconnectListener listener) override {
    reconnect_listener_ = std::move(listener);
  }

 private:
  template <typename T>
  Task<T> Run(std::string operation, Task<T> work) {
    ++calls_[operation];
    const absl::Status broken = absl::UnavailableError("the test broke the store");
    if (down_) co_return broken;
    std::pair<Fault, int>& fault = faults_[operation];
    const bool fails = fault.second > 0;
    if (fails) --fault.second;
    if (fails && fault.first == Fault::kNotDone) co_return broken;
    T result = co_await std::move(work);
    if (fails) co_return broken;
    co_return result;
  }

  std::unique_ptr<TokenStore> store_;
  std::map<std::string, std::pair<Fault, int>> faults_;
  std::map<std::string, int> calls_;
  bool down_ = false;
  ReconnectListener reconnect_listener_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_FAULTY_STORE_H_
