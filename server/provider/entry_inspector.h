#ifndef EVERTOKEN_SERVER_PROVIDER_ENTRY_INSPECTOR_H_
#define EVERTOKEN_SERVER_PROVIDER_ENTRY_INSPECTOR_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/config/yaml_message.h"
#include "server/http/egress_policy.h"
#include "server/provider/catalog_resolver.h"
#include "server/provider/url_template.h"

namespace evertoken {

// The checks that many parts of a catalogue entry share. Everything wrong becomes a problem at a path inside the entry.
class EntryInspector {
 public:
  // All must outlive the inspector. `urls` serves to judge URLs only.
  EntryInspector(const ResolvedEntry* entry, EgressPolicy* urls,
                 std::vector<ConfigProblem>* problems);

  const config::v1::Provider& provider() const { return entry_->provider; }

  void Problem(const std::string& path, std::string what);

  // A URL template without fragment or secrets, https once expanded. `allowed` placeholders beside {instance:…}.
  void CheckUrl(const std::string& path, const std::string& url,
                const std::set<std::string>& allowed = {});

  // A parameter, header or similar: `allowed` placeholders beside {instance:…}; {kept:…} where `allowed` has "kept", and those that it
  // names itself.
  void CheckText(const std::string& path, const std::string& text,
                 const std::set<std::string>& allowed);

  // Every value of `parameters` (as CheckText), with sensible names none of which is in `reserved`.
  void CheckParameters(const std::string& path,
                       const google::protobuf::Map<std::string, std::string>& parameters,
                       const std::set<std::string>& allowed, const std::set<std::string>& reserved);
  // The name of a parameter that the server sets, which an entry may change.
  void CheckParameterName(const std::string& path, const std::string& name);
  void CheckHeaders(const std::string& path,
                    const google::protobuf::Map<std::string, std::string>& headers,
                    const std::set<std::string>& allowed);

  void CheckPointer(const std::string& path, const std::string& pointer);
  void CheckScope(const std::string& path, const std::string& scope);

  // Whether a token reply or the callback brings a kept value of this name.
  bool Keeps(const std::string& name) const;

 private:
  void CheckPlaceholder(const std::string& path, const std::string& name,
                        const std::set<std::string>& allowed);
  bool MayNameHost(const Placeholder& placeholder) const;

  const ResolvedEntry* const entry_;
  EgressPolicy* const urls_;
  std::vector<ConfigProblem>* const problems_;
};

// What an entry may call its profile calls and pairs of tokens: 1 to 20 of [a-z0-9_].
bool IsShortName(absl::string_view name);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ENTRY_INSPECTOR_H_
