#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/hostile_provider/family_policy.h"
#include "tests/hostile_provider/id_token_keys.h"
#include "tests/hostile_provider/provider_reply.h"
#include "tests/hostile_provider/token_book.h"
#include "tests/hostile_provider/trouble.h"
#include "tests/hostile_provider/trouble_script.h"

namespace evertoken::hostile {

// An authorization server that behaves as badly as real ones, as a model: no sockets, no threads, no clock. Time comes with
// every call, so that a test can let months pass, and the same calls after the same seed give the same answers (but for the
// keys and signatures of ID tokens). Not thread-safe.
//
//   HostileProvider provider({});
//   FamilyPolicy policy;
//   policy.grace = absl::Seconds(30);
//   const IssuedPair tokens = *provider.NewFamily(policy, now);
//   provider.script().Queue(Endpoint::kToken, {.fault = Fault::kReplyLost});
//   ProviderReply reply = provider.Present(tokens.refresh_token, now);   // Delivery::kNothing, and the token is spent
//   EXPECT_EQ(provider.book().CountOf(Verdict::kReused), 0);
//
// A request on its way takes three steps, so that whoever carries it can let time pass between them:
//   1. Trouble trouble = provider.NextTrouble(Endpoint::kToken, token);   the request arrives, or is lost
//   2. after trouble.delay_before: reply = provider.Present(token, now, trouble);   it has its effect, or not
//   3. after reply.delay: as much of the reply as reply.delivery says reaches the client.
class HostileProvider {
 public:
  struct Settings {
    std::string name = "hostile";  // begins every token
    std::string issuer = "https://hostile.test";
    std::string client_id = "evertoken";  // ID tokens are for it
    uint64_t seed = 1;                    // of what happens by chance
    IdTokenKeys::Algorithm algorithm = IdTokenKeys::Algorithm::kEs256;
    TokenBook::Limits limits = {};
  };

  // What a user agreed to, to be fetched with a code.
  struct Consent {
    FamilyPolicy policy = {};
    std::string user = "ada";
    std::string redirect_uri = "";
    std::string nonce = "";
    std::string code_challenge = "";  // PKCE, S256; empty: none
  };

  explicit HostileProvider(Settings settings);

  // Tokens of a new consent, without the detour through a code. RESOURCE_EXHAUSTED when the book is full.
  absl::StatusOr<IssuedPair> NewFamily(const FamilyPolicy& policy, absl::Time now,
                                       const std::string& user = "ada");

  // A code for one use within a minute. A code that comes again ends its family. RESOURCE_EXHAUSTED when the book is full.
  absl::StatusOr<std::string> NewCode(Consent consent, absl::Time now);

  // What the next request to an endpoint meets, taken from the script; `token` (or empty) tells whose request it is.
  Trouble NextTrouble(Endpoint endpoint, const std::string& token);

  // The requests. `now` is when they have their effect, if `trouble` lets them.
  ProviderReply Present(const std::string& refresh_token, absl::Time now, const Trouble& trouble);
  ProviderReply Redeem(const std::string& code, const std::string& redirect_uri,
                       const std::string& code_verifier, absl::Time now, const Trouble& trouble);
  ProviderReply UserInfo(const std::string& access_token, absl::Time now, const Trouble& trouble);
  ProviderReply Revoke(const std::string& token, absl::Time now, const Trouble& trouble);
  ProviderReply KeySet(absl::Time now, const Trouble& trouble);
  // Any other document, which troubles can meet as well.
  ProviderReply Document(Endpoint endpoint, std::string json, absl::Time now,
                         const Trouble& trouble);

  // The refresh with the next trouble of the script, all at `now`: the reply's delay holds both of the trouble's.
  ProviderReply Present(const std::string& refresh_token, absl::Time now);

  // The user takes the permission back; the provider drops the family of its own accord. False when there is no such family.
  bool UserRevokes(int64_t family) { return book_.End(family, FamilyEnd::kUserRevoked); }
  bool Kill(int64_t family) { return book_.End(family, FamilyEnd::kKilled); }

  void RotateKeys(bool keep_old) { keys_.Rotate(keep_old); }
  // How far the provider's clock is ahead, in everything it says: ID tokens, Date, Retry-After. Deadlines are kept by `now`.
  void SetClockSkew(absl::Duration skew) { skew_ = skew; }

  TroubleScript& script() { return script_; }
  // Who presented what, when, and how it was taken.
  const TokenBook& book() const { return book_; }
  const Settings& settings() const { return settings_; }
  absl::string_view algorithm_name() const { return keys_.algorithm_name(); }
  // Requests that had their effect, met trouble or were lost.
  int64_t calls(Endpoint endpoint) const { return calls_[static_cast<size_t>(endpoint)]; }

 private:
  struct Code {
    Consent consent;
    absl::Time expire_time;
    bool spent = false;
    int64_t family = 0;
  };

  ProviderReply Pass(Endpoint endpoint, const Trouble& trouble, absl::Time now,
                     absl::FunctionRef<ProviderReply()> request);
  ProviderReply Renew(const std::string& refresh_token, absl::Time now);
  ProviderReply SpendCode(const std::string& code, const std::string& redirect_uri,
                          const std::string& code_verifier, absl::Time now);
  ProviderReply Profile(const std::string& access_token, absl::Time now);
  ProviderReply TokenReply(const IssuedPair& pair, const std::string& id_token,
                           absl::Time now) const;
  std::string IdToken(const std::string& user, const std::string& nonce, absl::Time now);

  const Settings settings_;
  TokenBook book_;
  TroubleScript script_;
  IdTokenKeys keys_;
  absl::Duration skew_;
  absl::flat_hash_map<std::string, Code> codes_;
  std::array<int64_t, 5> calls_{};  // by Endpoint
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_H_
