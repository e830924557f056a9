#include "server/provider/entry_inspector.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/provider/json_pointer.h"
#include "server/provider/scope_text.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

// RFC 9110 section 5.6.2; also right for parameter names.
bool IsToken(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("!#$%&'*+-.^_`|~[]", c);
  });
}

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// What an operator could give, to judge what a template becomes.
std::string SampleValue(UrlPosition position) {
  switch (position) {
    case UrlPosition::kWhole:
      return "https://sample.example";
    case UrlPosition::kHost:
      return "sample";
    default:
      return "x";
  }
}

}  // namespace

EntryInspector::EntryInspector(const ResolvedEntry* entry, EgressPolicy* urls,
                               std::vector<ConfigProblem>* problems)
    : entry_(entry), urls_(urls), problems_(problems) {}

void EntryInspector::Problem(const std::string& path, std::string what) {
  problems_->push_back(entry_->ProblemAt(path, std::move(what)));
}

void EntryInspector::CheckUrl(const std::string& path, const std::string& url,
                              const std::set<std::string>& allowed) {
  const absl::StatusOr<std::vector<Placeholder>> placeholders = PlaceholdersOf(url);
  if (!placeholders.ok()) return Problem(path, std::string(placeholders.status().message()));
  for (const Placeholder& placeholder : *placeholders) {
    CheckPlaceholder(path, placeholder.name, allowed);
    const bool names_host =
        placeholder.position == UrlPosition::kWhole || placeholder.position == UrlPosition::kHost;
    if (names_host && !MayNameHost(placeholder)) {
      Problem(path, absl::StrCat("{", placeholder.name,
                                 "} cannot name a host; only {instance:...} can, and in front of a "
                                 "URL {kept:...} with `reply_hosts`"));
    }
  }
  if (HasControlCharacter(url) || absl::StrContains(url, ' '))
    return Problem(path, "has a space or control character");
  if (absl::StrContains(url, "{{") || absl::StrContains(url, "}}"))
    return Problem(path, "must write braces as %7B and %7D");
  if (absl::StrContains(url, '#')) return Problem(path, "must not have a fragment");
  size_t next = 0;
  const absl::StatusOr<std::string> sample = ExpandUrl(url, [&](absl::string_view) {
    return std::optional<std::string>(SampleValue((*placeholders)[next++].position));
  });
  const absl::Status judged = sample.ok() ? urls_->Allow(*sample) : sample.status();
  if (!judged.ok()) Problem(path, std::string(judged.message()));
}

bool EntryInspector::MayNameHost(const Placeholder& placeholder) const {
  if (absl::StartsWith(placeholder.name, "instance:")) return true;
  return placeholder.position == UrlPosition::kWhole && !provider().reply_hosts().empty() &&
         absl::StartsWith(placeholder.name, "kept:");
}

void EntryInspector::CheckText(const std::string& path, const std::string& text,
                               const std::set<std::string>& allowed) {
  const absl::StatusOr<std::vector<Placeholder>> placeholders = PlaceholdersOf(text);
  if (!placeholders.ok()) return Problem(path, std::string(placeholders.status().message()));
  for (const Placeholder& placeholder : *placeholders)
    CheckPlaceholder(path, placeholder.name, allowed);
  if (HasControlCharacter(text)) Problem(path, "has a control character");
}

void EntryInspector::CheckPlaceholder(const std::string& path, const std::string& name,
                                      const std::set<std::string>& allowed) {
  absl::string_view inner = name;
  if (absl::ConsumePrefix(&inner, "instance:")) {
    if (!provider().instance_parameters().contains(std::string(inner))) {
      Problem(path, absl::StrCat("{", name, "} is not among instance_parameters"));
    }
    return;
  }
  if (absl::ConsumePrefix(&inner, "kept:") && allowed.count("kept") != 0) {
    if (!Keeps(std::string(inner)) && allowed.count(name) == 0)
      Problem(path, absl::StrCat("{", name, "} is kept from no reply or callback"));
    return;
  }
  if (allowed.count(name) == 0) Problem(path, absl::StrCat("{", name, "} has no meaning here"));
}

bool EntryInspector::Keeps(const std::string& name) const {
  const config::v1::Provider& p = provider();
  const auto& from_callback = p.authorization().keep_from_callback();
  return p.token().reply().keep().contains(name) ||
         p.token().code_request().reply().keep().contains(name) ||
         p.post_exchange().reply().keep().contains(name) ||
         p.renewal().request().reply().keep().contains(name) ||
         std::find(from_callback.begin(), from_callback.end(), name) != from_callback.end();
}

void EntryInspector::CheckParameters(
    const std::string& path, const google::protobuf::Map<std::string, std::string>& parameters,
    const std::set<std::string>& allowed, const std::set<std::string>& reserved) {
  for (const auto& [name, value] : parameters) {
    const std::string child = MemberPath(path, name);
    if (!IsToken(name)) Problem(child, "is not fit for a parameter name");
    if (reserved.count(name) != 0) Problem(child, "is set by the server itself");
    CheckText(child, value, allowed);
  }
}

void EntryInspector::CheckParameterName(const std::string& path, const std::string& name) {
  if (!IsToken(name)) Problem(path, "is not fit for a parameter name");
}

void EntryInspector::CheckHeaders(const std::string& path,
                                  const google::protobuf::Map<std::string, std::string>& headers,
                                  const std::set<std::string>& allowed) {
  for (const auto& [name, value] : headers) {
    const std::string child = MemberPath(path, name);
    if (!IsToken(name)) Problem(child, "is not a header name");
    const std::string lower = absl::AsciiStrToLower(name);
    if (lower == "host" || lower == "content-length" || lower == "content-type" ||
        lower == "transfer-encoding") {
      Problem(child, "is set by the server itself");
    }
    CheckText(child, value, allowed);
  }
}

void EntryInspector::CheckPointer(const std::string& path, const std::string& pointer) {
  if (!ParseJsonPointer(pointer).has_value()) {
    Problem(path,
            "is not a JSON Pointer (RFC 6901): empty, or /name/0/name with ~0 for ~ and ~1 for /");
  }
}

void EntryInspector::CheckScope(const std::string& path, const std::string& scope) {
  if (!IsScopeToken(scope))
    Problem(path, "is not a scope: visible ASCII without quotes, backslash and spaces");
}

bool IsShortName(absl::string_view name) {
  return !name.empty() && name.size() <= 20 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
  });
}

}  // namespace evertoken
