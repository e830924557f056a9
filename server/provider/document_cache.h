#ifndef EVERTOKEN_SERVER_PROVIDER_DOCUMENT_CACHE_H_
#define EVERTOKEN_SERVER_PROVIDER_DOCUMENT_CACHE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/json_document.h"

namespace evertoken {

// Public JSON documents of providers (discovery, keys), fetched when needed and kept. Callers who want the same document at the
// same time share one fetch; a fetch that failed is not repeated for kFailurePause, so that a dead provider is not hammered;
// meanwhile, and while it stays down, the last good document serves on for up to kLongestUse. Belongs to one executor.
class DocumentCache {
 public:
  static constexpr absl::Duration kFailurePause = absl::Seconds(5);
  static constexpr absl::Duration kLongestUse = absl::Hours(24);
  static constexpr absl::Duration kReplacePause = absl::Minutes(1);

  using Document = std::shared_ptr<const JsonDocument>;

  // All must outlive the cache.
  DocumentCache(HttpClient* http, const Clock* clock, absl::Duration timeout);

  // The document at `url`, not fetched longer than `max_age` ago unless it cannot be fetched. Errors carry an ErrorReason;
  // `provider` names the provider in them. A document with a repeated key is no document.
  Task<absl::StatusOr<Document>> Get(std::string provider, std::string url, absl::Duration max_age);

  // For a caller to whom `outdated` was of no use, which Get gave: a newer document, fetched when there is none yet. However many
  // call, it is fetched for them once in kReplacePause; in between they get what there is.
  Task<absl::StatusOr<Document>> Replace(std::string provider, std::string url, Document outdated);

  // Whether the document at `url` was fetched within kReplacePause, so that Replace could have no newer one.
  bool IsNewest(const std::string& url) const;

 private:
  struct Slot {
    Document document;
    absl::Time fetch_time;
    absl::Time replace_time = absl::InfinitePast();  // when Replace last fetched
    absl::Status failure;
    absl::Time failure_time = absl::InfinitePast();
    std::optional<Broadcast<absl::StatusOr<Document>>> in_flight;
  };

  Task<absl::StatusOr<Document>> Fetch(std::string provider, std::string url);
  absl::StatusOr<Document> Answer(const Slot& slot) const;
  void MakeRoom();

  HttpClient* const http_;
  const Clock* const clock_;
  const absl::Duration timeout_;
  std::map<std::string, Slot> slots_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_DOCUMENT_CACHE_H_
