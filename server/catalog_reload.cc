#include "server/catalog_reload.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

using google::protobuf::util::MessageDifferencer;

// Files with more problems than this are none that somebody wrote.
constexpr size_t kMostProblemsTold = 100;

void Tell(const std::vector<ConfigProblem>& problems) {
  for (size_t i = 0; i < std::min(problems.size(), kMostProblemsTold); ++i) {
    const ConfigProblem& problem = problems[i];
    Log(LogLevel::kError, "catalog_problem",
        {{"file", problem.file},
         {"line", problem.line},
         {"path", problem.path},
         {"problem", problem.what}});
  }
}

void TellLifecycle(const std::string& id, const config::v1::Provider::Lifecycle& lifecycle) {
  using Lifecycle = config::v1::Provider::Lifecycle;
  if (lifecycle.state() != Lifecycle::STATE_DEPRECATED &&
      lifecycle.state() != Lifecycle::STATE_END_OF_LIFE)
    return;
  const bool ends = lifecycle.state() == Lifecycle::STATE_END_OF_LIFE;
  Log(LogLevel::kWarn, ends ? "provider_ends" : "provider_deprecated",
      {{"provider", id},
       {"end_date", lifecycle.end_date()},
       {"replaced_by", lifecycle.replaced_by()},
       {"note", lifecycle.note()}});
}

struct Difference {
  std::vector<std::string> added, changed, removed;
};

Difference Between(const ProviderCatalog& before, const ProviderCatalog& after) {
  Difference difference;
  for (const std::string& id : after.Ids()) {
    if (before.Find(id) == nullptr) {
      difference.added.push_back(id);
    } else if (!MessageDifferencer::Equals(*before.Find(id), *after.Find(id))) {
      difference.changed.push_back(id);
    }
  }
  for (const std::string& id : before.Ids()) {
    if (after.Find(id) == nullptr) difference.removed.push_back(id);
  }
  return difference;
}

}  // namespace

CatalogReload::CatalogReload(Parts parts, LoadedCatalog serving, std::string fingerprint)
    : parts_(std::move(parts)),
      serving_(std::move(serving.catalog)),
      fingerprint_(std::move(fingerprint)),
      seen_(fingerprint_) {
  Tell(serving.problems);
  for (const std::string& id : serving_->disabled())
    Log(LogLevel::kError, "catalog_entry_disabled", {{"provider", id}});
  for (const std::string& id : parts_.in_use) {
    const config::v1::Provider* entry = serving_->Find(id);
    if (entry != nullptr) TellLifecycle(id, entry->lifecycle());
  }
  parts_.metrics->SetCatalog(serving_->disabled().size(), parts_.clock->Now());
}

void CatalogReload::Look(bool forced) {
  // Asked for before reading: what changes while it is read is read again.
  std::string now = parts_.fingerprint();
  const bool at_rest = std::exchange(seen_, now) == now;
  if (!forced && (now == fingerprint_ || !at_rest)) return;
  fingerprint_ = std::move(now);
  LoadedCatalog loaded = parts_.read();
  if (loaded.problems.empty()) return Use(std::move(loaded.catalog));
  Refuse(loaded);
}

void CatalogReload::Refuse(const LoadedCatalog& loaded) {
  Tell(loaded.problems);
  Log(LogLevel::kError, "catalog_refused",
      {{"problems", loaded.problems.size()}, {"serving", "the catalogue of before"}});
  parts_.metrics->CountCatalogReload(/*used=*/false);
}

void CatalogReload::Use(std::shared_ptr<const ProviderCatalog> catalog) {
  const Difference difference = Between(*serving_, *catalog);
  serving_ = std::move(catalog);
  parts_.use(serving_);
  parts_.metrics->SetCatalog(serving_->disabled().size(), parts_.clock->Now());
  parts_.metrics->CountCatalogReload(/*used=*/true);
  Log(LogLevel::kInfo, "catalog_reloaded",
      {{"added", absl::StrJoin(difference.added, " ")},
       {"changed", absl::StrJoin(difference.changed, " ")},
       {"removed", absl::StrJoin(difference.removed, " ")}});
}

}  // namespace evertoken
