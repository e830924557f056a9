#include "server/provider/document_cache.h"

#include <utility>

#include "server/provider/provider_error.h"

namespace evertoken {
namespace {

// Documents kept: the issuers that apps are configured with, and their keys.
constexpr size_t kMostSlots = 1024;

}  // namespace

DocumentCache::DocumentCache(HttpClient* http, const Clock* clock, absl::Duration timeout)
    : http_(http), clock_(clock), timeout_(timeout) {}

Task<absl::StatusOr<DocumentCache::Document>> DocumentCache::Get(std::string provider,
                                                                 std::string url,
                                                                 absl::Duration max_age) {
  if (slots_.size() >= kMostSlots) MakeRoom();
  Slot& slot = slots_[url];
  const absl::Time now = clock_->Now();
  if (slot.document != nullptr && now - slot.fetch_time < max_age) co_return slot.document;
  if (slot.in_flight.has_value()) {
    const Broadcast<absl::StatusOr<Document>> other = *slot.in_flight;
    absl::StatusOr<Document> shared = co_await other.Wait();
    co_return shared;
  }
  if (now - slot.failure_time < kFailurePause) co_return Answer(slot);
  slot.in_flight.emplace();
  absl::StatusOr<Document> fetched = co_await Fetch(provider, url);
  if (fetched.ok()) {
    slot.document = *fetched;
    slot.fetch_time = now;
    slot.failure_time = absl::InfinitePast();
  } else {
    slot.failure = fetched.status();
    slot.failure_time = clock_->Now();
    fetched = Answer(slot);
  }
  Broadcast<absl::StatusOr<Document>> waiters = *std::exchange(slot.in_flight, std::nullopt);
  waiters.Set(fetched);
  co_return fetched;
}

Task<absl::StatusOr<DocumentCache::Document>> DocumentCache::Replace(std::string provider,
                                                                     std::string url,
                                                                     Document outdated) {
  absl::Duration max_age = absl::InfiniteDuration();
  const auto slot = slots_.find(url);
  if (slot != slots_.end() && slot->second.document == outdated) {
    const absl::Time now = clock_->Now();
    if (now - slot->second.replace_time < kReplacePause) co_return outdated;
    slot->second.replace_time = now;
    max_age = absl::ZeroDuration();
  }
  co_return co_await Get(std::move(provider), std::move(url), max_age);
}

bool DocumentCache::IsNewest(const std::string& url) const {
  const auto slot = slots_.find(url);
  return slot != slots_.end() && slot->second.document != nullptr &&
         clock_->Now() - slot->second.fetch_time < kReplacePause;
}

absl::StatusOr<DocumentCache::Document> DocumentCache::Answer(const Slot& slot) const {
  if (slot.document != nullptr && clock_->Now() - slot.fetch_time < kLongestUse)
    return slot.document;
  return slot.failure;
}

Task<absl::StatusOr<DocumentCache::Document>> DocumentCache::Fetch(std::string provider,
                                                                   std::string url) {
  HttpRequest request;
  request.url = url;
  request.headers.emplace_back("Accept", "application/json");
  request.timeout = timeout_;
  absl::StatusOr<HttpReply> reply = co_await http_->Send(std::move(request));
  if (!reply.ok()) co_return ErrorOfSend(provider, reply.status());
  if (reply->status == 429 || reply->status >= 500)
    co_return Unavailable(provider, kUnavailableDelay);
  if (reply->status != 200)
    co_return ReplyInvalid(provider, "has no document where discovery or keys should be");
  Document document = JsonDocument::Parse(reply->body, JsonDocument::Keys::kUnique);
  if (document == nullptr)
    co_return ReplyInvalid(provider, "the document with discovery or keys is not proper JSON");
  co_return document;
}

// Anything that nobody is fetching may go: it costs one fetch to have it again.
void DocumentCache::MakeRoom() {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    slot = slot->second.in_flight.has_value() ? std::next(slot) : slots_.erase(slot);
  }
}

}  // namespace evertoken
