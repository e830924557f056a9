#ifndef EVERTOKEN_TESTS_FAKES_FAKE_TOKEN_ENDPOINT_H_
#define EVERTOKEN_TESTS_FAKES_FAKE_TOKEN_ENDPOINT_H_

#include <deque>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/http/http_client.h"
#include "tests/fakes/fake_http_client.h"

namespace evertoken {

// The authorization code that the fake accepts, any number of times.
constexpr char kGoodCode[] = "good-code";

// A provider's token endpoint with rotating refresh tokens, behind a FakeHttpClient: one family, in which a spent token kills
// everything, as real servers do. Counts every presentation of every token.
class FakeTokenEndpoint {
 public:
  // Serves `url` on `http`, which it must outlive together with this object. Tokens begin with `family`.
  FakeTokenEndpoint(FakeHttpClient* http, const std::string& url, std::string family = "");

  // What `url` answers, for a test that puts several families behind one URL of its own.
  absl::StatusOr<HttpReply> Answer(const HttpRequest& request);

  // The refresh token that is valid now.
  std::string current() const;
  // How often a token was presented; how often any was.
  int presented(const std::string& token) const;
  int presentations() const;
  // Whether a spent token was presented and the family is dead.
  bool dead() const { return dead_; }

  // What happens to the next `times` refreshes, in the order of the calls.
  enum class Trouble {
    kNone,
    kReplyLost,     // the token is spent, nothing comes back
    kNeverReached,  // the connection is refused
    kLost,          // the request is lost on its way, but nobody can know: nothing is spent
    kGatewayLost,   // the token is spent, and a gateway answers 504
    kGarbled,       // the token is spent, and the answer is no JSON
    kNoAccess,      // the token is spent, and the answer has a refresh token but no access token
    kDown,          // 503, nothing is spent
  };
  // After the troubles caused before.
  void Cause(Trouble trouble, int times = 1);
  // The next refresh without trouble is answered with this, and nothing is spent.
  void AnswerWith(int status, std::string body);
  // The user withdraws the permission.
  void Withdraw() { dead_ = true; }
  // Replies carry no refresh token, and the old one stays valid.
  void StopRotating() { rotates_ = false; }
  // A spent token is answered like its first presentation, however late.
  void GrantGrace() { grace_ = true; }

 private:
  std::string RefreshToken(int generation) const;
  HttpReply Issue();
  absl::StatusOr<HttpReply> Spoil(Trouble trouble);

  const std::string family_;
  int generation_ = 0;
  bool dead_ = false;
  bool rotates_ = true;
  bool grace_ = false;
  std::deque<Trouble> troubles_;
  int canned_status_ = 0;
  std::string canned_body_;
  std::map<std::string, int> presented_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_FAKE_TOKEN_ENDPOINT_H_
