#ifndef EVERTOKEN_TESTS_FAKES_MEMORY_JOURNAL_H_
#define EVERTOKEN_TESTS_FAKES_MEMORY_JOURNAL_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/store/journal/result_journal.h"

namespace evertoken {

// The disk of one simulated machine: entries outlive the processes of a test. Belongs to one executor.
class MemoryJournal final : public ResultJournal {
 public:
  Task<absl::StatusOr<EntryId>> Append(std::string record) override {
    if (full_) co_return absl::UnavailableError("the test's disk is full");
    const EntryId id = next_id_++;
    entries_[id] = std::move(record);
    co_return id;
  }
  void Remove(EntryId id) override { entries_.erase(id); }
  std::vector<Entry> TakeRecovered() override {
    std::vector<Entry> entries;
    for (const auto& [id, record] : entries_) entries.push_back({id, record});
    return entries;
  }

  void Fill() { full_ = true; }
  size_t size() const { return entries_.size(); }

 private:
  std::map<EntryId, std::string> entries_;
  EntryId next_id_ = 1;
  bool full_ = false;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_MEMORY_JOURNAL_H_
