#ifndef EVERTOKEN_SERVER_CASES_CASE_VERDICT_H_
#define EVERTOKEN_SERVER_CASES_CASE_VERDICT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/cases/case_failures.h"
#include "server/cases/case_file.h"
#include "server/cases/case_nodes.h"
#include "server/cases/keeping.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Holds what came of a case against what it expects. Lives for one case.
class CaseVerdict {
 public:
  // Both must outlive the verdict. `now`: the time of the case, which stands still.
  CaseVerdict(const ProviderCase* played, absl::Time now, CaseFailures* failures)
      : played_(played), now_(now), failures_(failures) {}

  void CheckAuthorization(const absl::StatusOr<AuthorizationRedirect>& redirect);
  void CheckTokens(const absl::StatusOr<storage::v1::ProviderTokens>& tokens);
  void CheckProfile(const ProfileResult& result);
  void CheckIntrospection(const IntrospectionResult& result);
  void CheckClaims(const absl::StatusOr<IdTokenClaims>& claims);
  void CheckRevoked(const absl::StatusOr<bool>& revoked);
  // `start`: when the tokens came.
  void CheckKeeping(const Keeping& keeping, absl::Time start);

 private:
  const YamlNode& Expected(const char* name) const { return Member(played_->expect, name); }
  // Whether the rest is worth looking at.
  bool CheckStatus(const absl::Status& status);
  void CheckPair(const YamlNode& expected, const storage::v1::ProviderTokens& tokens);
  void CheckEnd(const YamlNode& expected, const std::string& name, bool has,
                const google::protobuf::Timestamp& end);
  void CheckScopes(const YamlNode& expected, const storage::v1::ProviderTokens& tokens);
  void CheckDue(const std::string& name, const std::optional<absl::Time>& due, absl::Time start,
                double jitter);
  void CheckLimits(const CallLimits& limits, const YamlNode& expected);

  const ProviderCase* const played_;
  const absl::Time now_;
  CaseFailures* const failures_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_VERDICT_H_
