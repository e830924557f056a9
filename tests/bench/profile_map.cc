#include "tests/bench/profile_map.h"

#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/provider/compiled_profile_map.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_catalog.h"

namespace evertoken::bench {
namespace {

constexpr int kTexts = 46;
constexpr int kListElements = 12;
constexpr size_t kDocumentBytes = 20 << 10;
constexpr int kBatches = 100;
constexpr int kBatch = 100;

// Lists of the profile, with the key of their elements and two more members each.
struct List {
  const char* name;
  const char* members;
};
constexpr List kLists[] = {
    {"phones", "{number: /a, type: /b, verified: /c}"},
    {"addresses", "{formatted: /a, city: /b, country: /c}"},
    {"positions", "{title: /a, company.name: /b, start_date: /d}"},
    {"educations", "{school: /a, degree: /b, start_date: /d}"},
    {"languages", "{name: /a, id: /b}"},
    {"skills", "{name: /a, id: /b}"},
    {"interests", "{name: /a, type: /b}"},
    {"favorites", "{name: /a, type: [{template: book}], category: /b}"},
};

// Fields that take a text, to which the document's texts are mapped in turn.
constexpr const char* kFields[] = {"subject",
                                   "display_name",
                                   "given_name",
                                   "family_name",
                                   "username",
                                   "email",
                                   "honorific_prefix",
                                   "middle_name",
                                   "honorific_suffix",
                                   "nickname",
                                   "gender",
                                   "time_zone",
                                   "country.code",
                                   "country.name",
                                   "region",
                                   "city",
                                   "location",
                                   "hometown",
                                   "currency",
                                   "about",
                                   "tagline",
                                   "headline",
                                   "industry",
                                   "company",
                                   "honors",
                                   "associations",
                                   "relationship_status",
                                   "religion",
                                   "political_view",
                                   "quote",
                                   "plan.name",
                                   "plan.space",
                                   "plan.private_repositories",
                                   "plan.collaborators"};
constexpr const char* kOtherFields =
    "picture_url: /url, profile_url: /url, locale: /locale, birth_date: /date, "
    "email_verified: /yes, verified: /yes, protected_account: /no, hireable: /no, "
    "create_time: /time, update_time: /seconds, age: /number, age_range.min: /number, "
    "counts.followers: /number, counts.friends: /number, counts.statuses: /number, "
    "counts.likes: /number, counts.boards: /number, counts.pins: /number";

std::string MakeCatalog() {
  std::string yaml =
      "providers:\n  bench:\n    display_name: Bench\n"
      "    authorization: {url: 'https://b.example/a', scopes: [a]}\n"
      "    token: {url: 'https://b.example/t'}\n"
      "    renewal: {kind: none}\n"
      "    profile_calls: [{name: me, url: 'https://b.example/me'}]\n"
      "    profile_fields:\n";
  int text = 0;
  for (const char* field : kFields) {
    absl::StrAppend(&yaml, "      ", field, ": [/missing", text, ", /person/text", text, "]\n");
    ++text;
  }
  for (absl::string_view rest = kOtherFields; !rest.empty();) {
    const size_t end = std::min(rest.find(", "), rest.size());
    absl::StrAppend(&yaml, "      ", rest.substr(0, end), "\n");
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  for (const List& list : kLists) {
    absl::StrAppend(&yaml, "      ", list.name, ": [{each: /lists/", list.name,
                    ", members: ", list.members, "}]\n");
  }
  return yaml;
}

// Filled up with members that nothing is mapped from, as real documents are.
std::string MakeDocument() {
  std::string json = R"({"url":"https://b.example/x","locale":"en_GB","date":"12/31/1990",)"
                     R"("yes":"true","no":0,"time":"2017-07-14T02:40:00.000Z",)"
                     R"("seconds":1500000000,"number":12345,"lists":{)";
  for (const List& list : kLists) {
    absl::StrAppend(&json, "\"", list.name, "\":[");
    for (int i = 0; i < kListElements; ++i) {
      absl::StrAppend(&json, R"({"a":"an element's name )", i, R"(","b":"of some kind","c":true,)",
                      R"("d":{"year":2010,"month":5},"e":null},)");
    }
    json.back() = ']';
    json += ',';
  }
  json.back() = '}';
  json += R"(,"person":{)";
  for (int i = 0; i < kTexts; ++i)
    absl::StrAppend(&json, "\"text", i, "\":\"what is said of the user, number ", i, "\",");
  json.back() = '}';
  for (int i = 0; json.size() < kDocumentBytes; ++i)
    absl::StrAppend(&json, ",\"more", i, "\":{\"Id\":null,\"Name\":\"nothing that is wanted\"}");
  return json + "}";
}

// Of this process alone, so that other work on the machine does not count.
absl::Duration ProcessorTime() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace

absl::Status MeasureProfileMap(BenchSite*, Figures* figures) {
  const auto catalog = ProviderCatalog::Parse({{"bench.yaml", MakeCatalog()}}, false);
  if (!catalog.ok()) return catalog.status();
  const auto map = CompiledProfileMap::Compile(*(*catalog)->Find("bench"));
  if (!map.ok()) return map.status();
  const std::string json = MakeDocument();
  std::vector<double> batches;
  for (int i = 0; i < kBatches; ++i) {
    const absl::Duration begin = ProcessorTime();
    for (int j = 0; j < kBatch; ++j) {
      ProfileDocuments documents;
      documents.main = "me";
      documents.by_source.emplace("me", JsonDocument::Parse(json));
      v1::Profile profile;
      map->Map(documents, absl::UnixEpoch(), &profile);
      if (profile.favorites_size() != kListElements || profile.plan().collaborators().empty())
        return absl::InternalError("the profile lacks what the document has");
    }
    batches.push_back(absl::ToDoubleMicroseconds(ProcessorTime() - begin) / kBatch);
  }
  figures->Add("profile_map_us", Median(batches), "us");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
