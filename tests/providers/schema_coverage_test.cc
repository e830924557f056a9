// No behaviour of the schema without an entry or a case that uses it, and none that could be taken away unnoticed.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "server/cases/case_runner.h"
#include "server/provider/catalog_checker.h"
#include "server/provider/catalog_defaults.h"
#include "server/provider/catalog_resolver.h"
#include "server/provider/catalog_source.h"
#include "server/provider/unused_parameters.h"
#include "tests/providers/case_player.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Lines(const std::set<std::string>& names) { return absl::StrJoin(names, "\n"); }

// Names without the package: `Provider.Renewal.kind`, `Provider.Renewal.KIND_NONE`.
template <typename Named>
std::string NameOf(const Named* named) {
  return std::string(named->full_name()).substr(std::string("evertoken.config.v1.").size());
}

bool IsOfTheSchema(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         absl::StartsWith(field->message_type()->full_name(), "evertoken.config.v1.");
}

// Every field and every enum value but those that stand for nothing.
void CollectSchema(const Descriptor* type, std::set<std::string>* names) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const bool is_new = type->options().map_entry() || names->insert(NameOf(field)).second;
    if (!is_new) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      for (int v = 0; v < field->enum_type()->value_count(); ++v) {
        if (field->enum_type()->value(v)->number() != 0)
          names->insert(NameOf(field->enum_type()->value(v)));
      }
    }
    if (IsOfTheSchema(field)) CollectSchema(field->message_type(), names);
  }
}

void CollectUsed(const Message& message, std::set<std::string>* names) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!message.GetDescriptor()->options().map_entry()) names->insert(NameOf(field));
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        names->insert(NameOf(field->is_repeated() ? reflection->GetRepeatedEnum(message, field, i)
                                                  : reflection->GetEnum(message, field)));
      } else if (IsOfTheSchema(field)) {
        CollectUsed(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                         : reflection->GetMessage(message, field),
                    names);
      }
    }
  }
}

std::set<std::string> Used() {
  std::set<std::string> used;
  std::vector<ConfigProblem> problems;
  const ProviderCatalog::Source shipped = ShippedSource();
  const CatalogSource source = ReadCatalogSource(shipped.name, shipped.yaml, &problems);
  CollectUsed(source.catalog.defaults(), &used);
  for (const auto& [id, entry] : source.catalog.providers()) {
    CollectUsed(entry, &used);
    for (const ProviderCase& played : ShippedCases(id).cases) {
      if (played.entry.empty()) continue;
      const auto overlay = ReadCatalogSource(played.name, OverlayOfCase(played), &problems).catalog;
      CollectUsed(overlay.providers().at(id), &used);
    }
  }
  EXPECT_THAT(problems, IsEmpty());
  return used;
}

TEST(SchemaCoverageTest, EveryBehaviourIsUsedByAnEntryOrACase) {
  std::set<std::string> schema;
  CollectSchema(Provider::descriptor(), &schema);
  const std::set<std::string> used = Used();
  std::set<std::string> unused;
  for (const std::string& name : schema) {
    if (used.count(name) == 0) unused.insert(name);
  }
  EXPECT_EQ(Lines(unused), "");
}

// Where a field stands in an entry; through a list or a map it stands in each element.
using Path = std::vector<const FieldDescriptor*>;

void CollectPaths(const Message& message, Path* path, std::set<Path>* paths) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    path->push_back(field);
    if (!message.GetDescriptor()->options().map_entry()) paths->insert(*path);
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; IsOfTheSchema(field) && i < count; ++i) {
      CollectPaths(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                        : reflection->GetMessage(message, field),
                   path, paths);
    }
    path->pop_back();
  }
}

void Clear(const Path& path, size_t depth, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const FieldDescriptor* field = path[depth];
  if (depth + 1 == path.size()) return reflection->ClearField(message, field);
  if (!field->is_repeated())
    return Clear(path, depth + 1, reflection->MutableMessage(message, field));
  for (int i = 0; i < reflection->FieldSize(*message, field); ++i)
    Clear(path, depth + 1, reflection->MutableRepeatedMessage(message, field, i));
}

// What is not right of an entry by the schema's own rules and by the cases.
std::vector<std::string> FaultsOf(ResolvedEntry entry, const std::vector<ProviderCase>& cases) {
  FillDefaults(&entry.provider);
  std::vector<ConfigProblem> problems;
  CheckEntry(entry, /*allow_insecure_loopback=*/false, &problems);
  if (!problems.empty()) return {problems[0].ToString()};
  DropUnusedParameters(&entry.provider);
  const auto played_with = std::make_shared<Provider>(entry.provider);
  for (const ProviderCase& played : cases) {
    std::vector<std::string> faults = PlayCase(played, played_with);
    if (!faults.empty()) return faults;
  }
  return {};
}

bool IsMissed(const std::vector<ProviderCase>& cases, ResolvedEntry entry, const Path& path) {
  Clear(path, 0, &entry.provider);
  return !FaultsOf(std::move(entry), cases).empty();
}

std::vector<ProviderCase> CasesOf(const std::string& id, bool with_change) {
  std::vector<ProviderCase> cases = ShippedCases(id).cases;
  cases.erase(std::remove_if(cases.begin(), cases.end(),
                             [&](const auto& read) { return read.entry.empty() == with_change; }),
              cases.end());
  return cases;
}

class FieldCounter {
 public:
  FieldCounter() : shipped_({Read(ShippedSource())}) {}
  ~FieldCounter() { EXPECT_THAT(problems_, IsEmpty()); }

  // The fields of the shipped entries: of all their cases one must miss each.
  void CountShipped() {
    for (const ResolvedEntry& entry : ResolveCatalog(shipped_, &problems_))
      Count(entry, entry.provider, CasesOf(entry.id, /*with_change=*/false));
  }

  // The fields by which a case changes its entry: that case must miss them.
  void CountChanged() {
    for (const std::string& id : ShippedIds()) {
      for (const ProviderCase& played : CasesOf(id, /*with_change=*/true)) CountChanged(id, played);
    }
  }

  const std::set<std::string>& unnoticed() const { return unnoticed_; }

 private:
  CatalogSource Read(const ProviderCatalog::Source& source) {
    return ReadCatalogSource(source.name, source.yaml, &problems_);
  }

  void CountChanged(const std::string& id, const ProviderCase& played) {
    // Entries know the source that they are from.
    std::vector<CatalogSource> sources = shipped_;
    sources.push_back(Read({played.name, OverlayOfCase(played)}));
    for (const ResolvedEntry& entry : ResolveCatalog(sources, &problems_)) {
      if (entry.id == id) Count(entry, sources.back().catalog.providers().at(id), {played});
    }
  }

  void Count(const ResolvedEntry& entry, const Provider& written,
             const std::vector<ProviderCase>& cases) {
    // What fails anyway misses everything.
    ASSERT_THAT(FaultsOf(entry, cases), IsEmpty()) << entry.id;
    std::set<Path> paths;
    Path path;
    CollectPaths(written, &path, &paths);
    for (const Path& taken : paths) {
      const std::string name = NameOf(taken.back());
      // What the resolver has used up; else no case could be played.
      if (name == "Provider.extends") continue;
      if (missed_.count(name) != 0) continue;
      if (IsMissed(cases, entry, taken)) {
        missed_.insert(name);
        unnoticed_.erase(name);
      } else {
        unnoticed_.insert(name);
      }
    }
  }

  std::vector<ConfigProblem> problems_;
  const std::vector<CatalogSource> shipped_;
  std::set<std::string> missed_, unnoticed_;
};

// What no case can reach, each with the test that misses it.
std::set<std::string> ReadElsewhere() {
  return {
      // tests/commands/providers_test.cc: texts for people.
      "Provider.InstanceParameter.description",
      "Provider.Lifecycle.note",
      // tests/broker/ended_token_test.cc and revocation_test.cc: what becomes of a grant whose token may have ended.
      "Provider.Renewal.ends_access_token",
      "Provider.Revocation.needs_living_token",
      // tests/provider/provider_catalog_test.cc: it refuses policies that do not fit.
      "Provider.Renewal.reuse_effect",
  };
}

// A field that the client code does not read, or reads without a case that tells, looks like one that works.
TEST(SchemaCoverageTest, EveryFieldIsMissedByACaseWhenItIsTakenAway) {
  FieldCounter counter;
  counter.CountShipped();
  counter.CountChanged();
  // Exactly: what a case misses by now must leave the list.
  EXPECT_EQ(Lines(counter.unnoticed()), Lines(ReadElsewhere()));
}

// Else the case would show nothing of what its `entry` says.
TEST(SchemaCoverageTest, ACaseThatChangesItsEntryFailsWithoutTheChange) {
  for (const std::string& id : ShippedIds()) {
    for (ProviderCase played : CasesOf(id, /*with_change=*/true)) {
      const std::string change = std::exchange(played.entry, "");
      const auto unchanged = EntryOfCase(played, {ShippedSource()});
      ASSERT_TRUE(unchanged.ok()) << unchanged.status();
      EXPECT_THAT(PlayCase(played, *unchanged), Not(IsEmpty()))
          << id << ": " << played.name << ": " << change;
    }
  }
}

}  // namespace
}  // namespace evertoken
