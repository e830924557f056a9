#include "server/provider_tools.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/cases/case_runner.h"
#include "server/config/config_sources.h"
#include "server/config/file_text.h"
#include "server/http/egress_policy.h"
#include "server/provider/explain_entry.h"

namespace evertoken {
namespace {

// The time of a case, which stands still.
class StoppedClock final : public Clock {
 public:
  explicit StoppedClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override { return now_; }
  absl::Duration SinceBoot() const override { return now_ - absl::UnixEpoch(); }

 private:
  const absl::Time now_;
};

Task<void> Collect(Task<std::vector<std::string>> run, std::vector<std::string>* failures,
                   absl::Notification* done) {
  std::vector<std::string> found = co_await std::move(run);
  *failures = std::move(found);
  done->Notify();
}

std::vector<std::string> Play(const ProviderCase& played,
                              std::shared_ptr<const config::v1::Provider> entry, EventLoop* loop) {
  const StoppedClock clock(played.time);
  ScriptedProvider provider(played);
  ScriptedHttpClient http(&provider);
  EgressPolicy egress(/*allow_insecure_loopback=*/false);
  auto api = std::make_unique<ProviderApi>(&http, &clock, &egress, absl::Seconds(10));
  std::vector<std::string> failures;
  absl::Notification done, gone;
  Spawn(loop, Collect(RunCase(&played, std::move(entry), api.get(), &provider, &clock), &failures,
                      &done));
  done.WaitForNotification();
  loop->Post([&api, &gone] {
    api.reset();
    gone.Notify();
  });
  gone.WaitForNotification();
  return failures;
}

}  // namespace

absl::StatusOr<std::string> ExplainProvider(const CatalogFiles& files, absl::string_view id) {
  std::vector<ConfigProblem> unreadable;
  const std::vector<ProviderCatalog::Source> sources = files.Sources(&unreadable);
  if (!unreadable.empty()) return ProblemsToStatus(std::move(unreadable));
  return ExplainEntry(sources, id);
}

absl::StatusOr<std::vector<CaseOutcome>> ReplayCases(const CatalogFiles& files,
                                                     const std::string& id,
                                                     const std::string& path) {
  std::vector<ConfigProblem> unreadable;
  const std::vector<ProviderCatalog::Source> sources = files.Sources(&unreadable);
  if (!unreadable.empty()) return ProblemsToStatus(std::move(unreadable));
  const absl::StatusOr<std::string> yaml = ReadFileText(path);
  if (!yaml.ok()) return absl::NotFoundError(absl::StrCat(path, ": ", yaml.status().message()));
  const CaseFile cases = ParseCaseFile(id, path, *yaml);
  if (!cases.problems.empty())
    return absl::InvalidArgumentError(absl::StrJoin(cases.problems, "\n"));
  EventLoop loop("cases");
  std::vector<CaseOutcome> outcomes;
  std::shared_ptr<const config::v1::Provider> unchanged;
  for (const ProviderCase& played : cases.cases) {
    std::shared_ptr<const config::v1::Provider> entry = unchanged;
    if (entry == nullptr || !played.entry.empty()) {
      auto found = EntryOfCase(played, sources);
      if (!found.ok()) return found.status();
      entry = *std::move(found);
      if (played.entry.empty()) unchanged = entry;
    }
    outcomes.push_back({played.situation, played.name, Play(played, entry, &loop)});
  }
  return outcomes;
}

}  // namespace evertoken
