#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_TOKEN_BOOK_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_TOKEN_BOOK_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/hostile_provider/family_policy.h"

namespace evertoken::hostile {

// What became of a refresh token that was sent to the provider.
enum class Verdict {
  kRenewed,   // answered with tokens
  kRepeated,  // spent before, answered within its grace
  kReused,    // spent before and past its grace: what a careful client never does
  kRefused,   // its life or its family is over
  kTooYoung,  // not old enough to be renewed
  kNotDone,   // a trouble answered before the token was looked at
  kLost,      // the request never arrived
};

struct Presentation {
  absl::Time time;
  Verdict verdict;
};

// Why a family is over.
enum class FamilyEnd { kNone, kUserRevoked, kClientRevoked, kReuse, kKilled };

// What a reply brings.
struct IssuedPair {
  int64_t family = 0;
  std::string access_token;
  std::string refresh_token;   // empty: the old one stays and is not repeated
  absl::Time access_expires;   // in truth; what is told is up to the policy
  absl::Time refresh_expires;  // infinite future: until revoked
};

// All tokens that stem from one consent.
struct Family {
  int64_t id = 0;  // from 1, in the order of the consents
  std::string user;
  FamilyPolicy policy;
  absl::Time consent_time;
  FamilyEnd end = FamilyEnd::kNone;
  int64_t renewals = 0;  // answered with tokens, repetitions included
  int64_t reuses = 0;
  std::string access_token;   // the newest
  std::string refresh_token;  // the newest
};

// The families of tokens, and who presented what and when. A model: knows no clock, no network and no chance. Not thread-safe.
class TokenBook {
 public:
  // What is remembered at most: spent tokens too, because knowing them is what reuse detection means.
  struct Limits {
    size_t families = 100000;
    size_t tokens = 1000000;
  };
  // Of each token; the counts go on.
  static constexpr size_t kMostPresentationsKept = 100;

  struct Spend {
    Verdict verdict = Verdict::kRefused;
    std::optional<IssuedPair> pair;
  };

  // `name` is the first part of every token, so that providers can be told apart.
  TokenBook(std::string name, Limits limits) : name_(std::move(name)), limits_(limits) {}

  // A new family; nullopt when the book is full.
  std::optional<IssuedPair> Open(const FamilyPolicy& policy, const std::string& user,
                                 absl::Time now);

  // Whether another pair of tokens has room.
  bool HasRoom() const {
    return refresh_tokens_.size() + access_tokens_.size() + 2 <= limits_.tokens;
  }

  // A refresh token comes, and what that does is done. Needs HasRoom.
  Spend Present(const std::string& refresh_token, absl::Time now);

  // What Present would say, without doing it.
  Verdict Judge(const std::string& refresh_token, absl::Time now) const;

  // Records a presentation that had no effect: kNotDone or kLost.
  void Note(const std::string& refresh_token, Verdict verdict, absl::Time now);

  // The family a token of either kind belongs to; null when the book never gave it out. Valid until the next Open.
  const Family* FamilyOf(const std::string& token) const;
  const std::vector<Family>& families() const { return families_; }

  // Whether an access token works.
  bool AccessWorks(const std::string& access_token, absl::Time now) const;

  // Ends a family, unless it is over already; false when there is none of that id.
  bool End(int64_t family, FamilyEnd why);

  // The first kMostPresentationsKept presentations of a refresh token.
  std::vector<Presentation> Presentations(const std::string& refresh_token) const;
  // How often it was presented, and how often in all, by verdict. Tokens that the book never gave out count as refused.
  int64_t Count(const std::string& refresh_token) const;
  int64_t CountOf(Verdict verdict) const;

 private:
  struct RefreshToken {
    int64_t family;
    std::string parent;  // whose spend brought this one; empty: a login
    absl::Time issue_time;
    absl::Time last_use;  // the issue counts
    std::optional<absl::Time> spend_time;
    IssuedPair next;  // what the spend brought
    bool next_used = false;
    std::vector<Presentation> presentations;
    int64_t count = 0;
  };
  struct AccessToken {
    int64_t family;
    absl::Time expire_time;
  };

  Family& FamilyAt(int64_t id) { return families_[static_cast<size_t>(id) - 1]; }
  const Family& FamilyAt(int64_t id) const { return families_[static_cast<size_t>(id) - 1]; }
  absl::Time ExpireTimeOf(const RefreshToken& token) const;
  Verdict Judge(const RefreshToken& token, absl::Time now) const;
  IssuedPair Issue(Family* family, absl::string_view parent, absl::Time now);
  IssuedPair Renew(const std::string& refresh_token, absl::Time now);
  std::string NewAccessToken(Family* family, absl::Time expire_time);
  std::string NewToken(absl::string_view kind, int64_t family);
  void Record(RefreshToken* token, Verdict verdict, absl::Time now);

  const std::string name_;
  const Limits limits_;
  std::vector<Family> families_;
  absl::flat_hash_map<std::string, RefreshToken> refresh_tokens_;
  absl::flat_hash_map<std::string, AccessToken> access_tokens_;
  int64_t issued_ = 0;
  std::array<int64_t, 7> totals_{};  // by Verdict
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_TOKEN_BOOK_H_
