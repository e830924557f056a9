#ifndef EVERTOKEN_SERVER_PROVIDER_CASES_CASE_VERDICT_H_
#define EVERTOKEN_SERVER_PROVIDER_CASES_CASE_VERDICT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/provider/cases/case_file.h"
#include "server/provider/cases/scripted_provider.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Holds what happened in a case against what it expects. Lives for one case.
class CaseVerdict {
 public:
  // `played` must outlive the verdict. `now`: the time of the case, which stands still.
  CaseVerdict(const ProviderCase* played, absl::Time now) : played_(played), now_(now) {}

  void CheckAuthorization(const absl::StatusOr<AuthorizationRedirect>& redirect);
  void CheckTokens(const absl::StatusOr<storage::v1::ProviderTokens>& tokens);
  void CheckProfile(const ProfileResult& result);
  void CheckRevoked(const absl::StatusOr<bool>& revoked);
  // Every request that the case describes was sent, and no URL held a secret unless the entry admits it.
  void CheckRequests(const config::v1::Provider& entry, const ScriptedProvider& provider);

  void Fail(std::string what) { failures_.push_back(std::move(what)); }

  // What was not as expected; none: the case passed.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  // Whether the rest is worth looking at.
  bool CheckStatus(const absl::Status& status);
  void CheckEnd(const std::string& name, bool has, const google::protobuf::Timestamp& end);
  void CheckRequest(const YamlNode& expected, const std::vector<HttpRequest>& sent);
  void CheckFields(const YamlNode& expected, const std::string& what, const std::string& form);
  void Same(const std::string& what, const std::string& is, const std::string& expected);
  absl::Duration DurationOf(const YamlNode& node);

  const ProviderCase* const played_;
  const absl::Time now_;
  std::vector<std::string> failures_;
};

// A life or a wait as cases write it; nullopt for what is no duration.
std::optional<absl::Duration> CaseDuration(const YamlNode& node);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CASES_CASE_VERDICT_H_
