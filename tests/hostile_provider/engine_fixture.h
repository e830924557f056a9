#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_FIXTURE_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_FIXTURE_H_

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/provider/json_document.h"
#include "tests/hostile_provider/engine.h"

namespace evertoken::hostile {

inline Trouble Of(Fault fault) { return {.fault = fault}; }

// A member of a JSON object as text; empty when it is missing.
inline std::string Member(const std::string& json, const std::string& name) {
  const auto document = JsonDocument::Parse(json);
  if (document == nullptr) return "no JSON";
  return document->root().At("/" + name).Text().value_or("");
}

inline std::string HeaderOf(const ProviderReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return "";
}

class EngineTest : public testing::Test {
 protected:
  IssuedPair Family(const FamilyPolicy& policy = {}) { return *provider_.NewFamily(policy, now_); }

  Verdict Judge(const IssuedPair& pair) const {
    return provider_.book().Judge(pair.refresh_token, now_);
  }

  ProviderReply Present(const IssuedPair& pair, Trouble trouble) {
    return provider_.Present(pair.refresh_token, now_, trouble);
  }

  HostileProvider provider_{{}};
  absl::Time now_ = absl::FromUnixSeconds(1900000000);
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_ENGINE_FIXTURE_H_
