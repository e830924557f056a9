#ifndef EVERTOKEN_SERVER_CASES_SCRIPTED_PROVIDER_H_
#define EVERTOKEN_SERVER_CASES_SCRIPTED_PROVIDER_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/cases/case_file.h"
#include "server/http/http_client.h"

namespace evertoken {

// A provider that answers what a case says, and remembers what it was asked. Thread-safe.
class ScriptedProvider {
 public:
  explicit ScriptedProvider(const ProviderCase& played);

  // The reply for the request's URL (without its query), DEADLINE_EXCEEDED where the case says `timeout`, and UNAVAILABLE for a
  // URL that it does not speak of, which is a failure.
  absl::StatusOr<HttpReply> Answer(const HttpRequest& request);

  // Whether the case says `timeout` for this URL.
  bool NeverAnswers(absl::string_view url) const;

  // Whether a reply for this URL is one that all cases have.
  bool IsAlwaysAnswered(absl::string_view url) const;

  // Everything that was sent, in order; those to `url` only, when given.
  std::vector<HttpRequest> Requests(absl::string_view url = "") const;

  // What the case got wrong itself, requests that it has no reply for, and replies of its own that nothing asked for so far.
  std::vector<std::string> Failures() const;

 private:
  void Add(const YamlNode& node);

  std::map<std::string, absl::StatusOr<HttpReply>> replies_;
  std::set<std::string> own_;  // URLs of the case's own replies
  mutable absl::Mutex mutex_;
  std::vector<HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
};

// An HttpClient that asks a scripted provider in this process, which must outlive it.
class ScriptedHttpClient final : public HttpClient {
 public:
  explicit ScriptedHttpClient(ScriptedProvider* provider) : provider_(provider) {}

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  ScriptedProvider* const provider_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_SCRIPTED_PROVIDER_H_
