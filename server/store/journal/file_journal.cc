#include "server/store/journal/file_journal.h"

#include <pthread.h>

#include "server/base/log.h"
#include "server/base/secret.h"

namespace evertoken {
namespace {

constexpr char kContext[] = "7:journal";

}  // namespace

absl::StatusOr<std::unique_ptr<FileJournal>> FileJournal::Open(const std::string& folder,
                                                               const TokenSealer* sealer) {
  absl::StatusOr<std::unique_ptr<JournalFile>> file = JournalFile::Open(folder);
  if (!file.ok()) return file.status();
  return std::unique_ptr<FileJournal>(new FileJournal(*std::move(file), sealer));
}

FileJournal::FileJournal(std::unique_ptr<JournalFile> file, const TokenSealer* sealer)
    : file_(std::move(file)), sealer_(sealer) {
  Recover();
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "journal");
}

FileJournal::~FileJournal() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void FileJournal::Recover() {
  if (file_->damaged_lines() > 0)
    Log(LogLevel::kError, "journal_damaged", {{"lines", file_->damaged_lines()}});
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, sealed] : file_->entries()) {
    const absl::StatusOr<Secret> record = sealer_->Open(sealed, kContext);
    if (record.ok()) {
      recovered_.push_back({id, record->Reveal()});
    } else {
      Log(LogLevel::kError, "journal_entry_unreadable",
          {{"entry", id}, {"error", record.status()}});
    }
  }
}

std::vector<ResultJournal::Entry> FileJournal::TakeRecovered() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(recovered_, {});
}

Task<absl::StatusOr<ResultJournal::EntryId>> FileJournal::Append(std::string record) {
  std::string sealed = sealer_->Seal(record, kContext);
  WipeString(&record);
  OneShot<absl::StatusOr<EntryId>> answer;
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.appends.size() >= kMaxWaiting) {
      co_return absl::UnavailableError("journal: too many results wait for the disk");
    }
    waiting_.appends.emplace_back(std::move(sealed), answer.setter());
  }
  co_return co_await std::move(answer).Wait();
}

void FileJournal::Remove(EntryId id) {
  absl::MutexLock lock(&mutex_);
  waiting_.removals.push_back(id);
}

void FileJournal::Run() {
  for (Work work = Take(); !work.empty(); work = Take()) Perform(std::move(work));
}

FileJournal::Work FileJournal::Take() {
  absl::MutexLock lock(&mutex_);
  const auto something_to_do = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !waiting_.empty();
  };
  mutex_.Await(absl::Condition(&something_to_do));
  return std::exchange(waiting_, Work());
}

void FileJournal::Perform(Work work) {
  std::vector<EntryId> ids;
  for (auto& [sealed, answer] : work.appends) ids.push_back(file_->Add(std::move(sealed)));
  removals_.insert(removals_.end(), work.removals.begin(), work.removals.end());
  for (const EntryId id : removals_) file_->Remove(id);
  const absl::Status synced = file_->Sync();
  if (synced.ok()) {
    removals_.clear();
  } else {
    Log(LogLevel::kError, "journal_not_written", {{"error", synced}});
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    Answer& answer = work.appends[i].second;
    if (synced.ok()) {
      answer.Set(ids[i]);
    } else {
      answer.Set(synced);
    }
  }
}

}  // namespace evertoken
