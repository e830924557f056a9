#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_FAMILY_POLICY_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_FAMILY_POLICY_H_

#include <string>

#include "absl/time/time.h"

namespace evertoken::hostile {

// Whether using a refresh token replaces it.
enum class Rotation { kNone, kAlways };

// What a spent refresh token does when it comes again after its grace.
enum class ReuseEffect { kRefuse, kKillFamily };

// What a spent refresh token is answered with within its grace.
enum class GraceAnswer { kSamePair, kFurtherPair };

// How a reply tells the access token's life.
enum class ExpiresIn { kNumber, kMissing, kString, kNegative, kHuge, kZero, kText };

// What a refresh token's life counts from.
enum class RefreshLife {
  kUntilRevoked,
  kIdle,      // from its last use
  kAbsolute,  // from the consent; rotation extends nothing
  kSliding,   // from its own issue
};

// The rules that the tokens of one consent live by. The default is what rotating providers do at their strictest: every use
// spends the token, at once, and a spent one ends everything.
struct FamilyPolicy {
  Rotation rotation = Rotation::kAlways;
  ReuseEffect reuse = ReuseEffect::kKillFamily;

  // How long a spent token is still answered, the last instant included. Zero: never. Infinite: using a token brings a new one
  // and ends nothing.
  absl::Duration grace = absl::ZeroDuration();
  GraceAnswer grace_answer = GraceAnswer::kSamePair;
  // Whether the grace is for the newest token's predecessor alone: it ends when a successor is used.
  bool grace_ends_with_next_use = false;

  absl::Duration access_life = absl::Hours(1);
  ExpiresIn expires_in = ExpiresIn::kNumber;  // told; access_life is the truth
  // Whether a refresh ends the access token that was valid before.
  bool refresh_ends_access_token = false;

  RefreshLife refresh_life = RefreshLife::kUntilRevoked;
  absl::Duration refresh_life_length = absl::Hours(24 * 30);  // unless kUntilRevoked
  bool tells_refresh_life = false;                            // refresh_token_expires_in
  // A refresh token younger than this is refused, and not spent by that.
  absl::Duration minimum_age = absl::ZeroDuration();
  // With Rotation::kNone: whether replies hold the old refresh token once more or none.
  bool repeats_refresh_token = false;

  bool id_token_at_refresh = false;  // logins bring one in any case
  std::string scope = "openid profile email offline_access";
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_FAMILY_POLICY_H_
