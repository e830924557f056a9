#include "tests/hostile_provider/names.h"

namespace evertoken::hostile {
namespace {

template <typename Enum>
using Name = std::pair<absl::string_view, Enum>;

constexpr Name<Rotation> kRotations[] = {{"always", Rotation::kAlways}, {"none", Rotation::kNone}};

constexpr Name<ReuseEffect> kReuseEffects[] = {{"kill_family", ReuseEffect::kKillFamily},
                                               {"refuse", ReuseEffect::kRefuse}};

constexpr Name<GraceAnswer> kGraceAnswers[] = {{"same_pair", GraceAnswer::kSamePair},
                                               {"further_pair", GraceAnswer::kFurtherPair}};

constexpr Name<ExpiresIn> kExpiresIns[] = {
    {"number", ExpiresIn::kNumber}, {"missing", ExpiresIn::kMissing},
    {"string", ExpiresIn::kString}, {"negative", ExpiresIn::kNegative},
    {"huge", ExpiresIn::kHuge},     {"zero", ExpiresIn::kZero},
    {"text", ExpiresIn::kText}};

constexpr Name<RefreshLife> kRefreshLives[] = {{"until_revoked", RefreshLife::kUntilRevoked},
                                               {"idle", RefreshLife::kIdle},
                                               {"absolute", RefreshLife::kAbsolute},
                                               {"sliding", RefreshLife::kSliding}};

constexpr Name<Endpoint> kEndpoints[] = {{"token", Endpoint::kToken},
                                         {"userinfo", Endpoint::kUserInfo},
                                         {"revoke", Endpoint::kRevoke},
                                         {"keys", Endpoint::kKeys},
                                         {"discovery", Endpoint::kDiscovery}};

constexpr Name<Fault> kFaults[] = {{"none", Fault::kNone},
                                   {"request_lost", Fault::kRequestLost},
                                   {"reply_lost", Fault::kReplyLost},
                                   {"half_body", Fault::kHalfBody},
                                   {"half_json", Fault::kHalfJson},
                                   {"wrong_type", Fault::kWrongType},
                                   {"huge_body", Fault::kHugeBody},
                                   {"empty_body", Fault::kEmptyBody},
                                   {"html", Fault::kHtml},
                                   {"error_with_200", Fault::kErrorWith200},
                                   {"status", Fault::kStatus},
                                   {"redirect", Fault::kRedirect},
                                   {"invalid_client", Fault::kInvalidClient}};

constexpr Name<Verdict> kVerdicts[] = {
    {"renewed", Verdict::kRenewed},    {"repeated", Verdict::kRepeated},
    {"reused", Verdict::kReused},      {"refused", Verdict::kRefused},
    {"too_young", Verdict::kTooYoung}, {"not_done", Verdict::kNotDone},
    {"lost", Verdict::kLost}};

constexpr Name<FamilyEnd> kFamilyEnds[] = {{"", FamilyEnd::kNone},
                                           {"user_revoked", FamilyEnd::kUserRevoked},
                                           {"client_revoked", FamilyEnd::kClientRevoked},
                                           {"reuse", FamilyEnd::kReuse},
                                           {"killed", FamilyEnd::kKilled}};

}  // namespace

NameList<Rotation> NamesOf(Rotation) { return kRotations; }
NameList<ReuseEffect> NamesOf(ReuseEffect) { return kReuseEffects; }
NameList<GraceAnswer> NamesOf(GraceAnswer) { return kGraceAnswers; }
NameList<ExpiresIn> NamesOf(ExpiresIn) { return kExpiresIns; }
NameList<RefreshLife> NamesOf(RefreshLife) { return kRefreshLives; }
NameList<Endpoint> NamesOf(Endpoint) { return kEndpoints; }
NameList<Fault> NamesOf(Fault) { return kFaults; }
NameList<Verdict> NamesOf(Verdict) { return kVerdicts; }
NameList<FamilyEnd> NamesOf(FamilyEnd) { return kFamilyEnds; }

}  // namespace evertoken::hostile
