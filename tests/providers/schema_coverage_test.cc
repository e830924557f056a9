// No behaviour of the schema without an entry or a case that uses it, and none that could be taken away unnoticed.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

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
#include "tests/providers/case_player.h"
#include "tests/providers/schema_debts.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ::testing::IsEmpty;

std::set<std::string> Besides(std::set<std::string> names, const std::set<std::string>& known) {
  for (const std::string& name : known) names.erase(name);
  return names;
}

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
  // Exactly: what is used by now must leave the list.
  EXPECT_EQ(Lines(unused), Lines(UnusedNames()));
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

// Whether the schema's own rules or a case miss the field once it is taken away.
bool IsMissed(const std::vector<ProviderCase>& cases, ResolvedEntry entry, const Path& path) {
  Clear(path, 0, &entry.provider);
  FillDefaults(&entry.provider);
  std::vector<ConfigProblem> problems;
  CheckEntry(entry, /*allow_insecure_loopback=*/false, &problems);
  if (!problems.empty()) return true;
  const auto lacking = std::make_shared<Provider>(entry.provider);
  for (const ProviderCase& played : cases) {
    if (played.entry.empty() && !PlayCase(played, lacking).empty()) return true;
  }
  return false;
}

// A field that the client code does not read, or reads without a case that tells, looks like one that works.
TEST(SchemaCoverageTest, EveryFieldIsMissedByACaseWhenItIsTakenAway) {
  std::vector<ConfigProblem> problems;
  const ProviderCatalog::Source shipped = ShippedSource();
  const std::vector<CatalogSource> sources = {
      ReadCatalogSource(shipped.name, shipped.yaml, &problems)};
  std::set<std::string> set, missed;
  for (const ResolvedEntry& entry : ResolveCatalog(sources, &problems)) {
    const std::vector<ProviderCase> cases = ShippedCases(entry.id).cases;
    std::set<Path> paths;
    Path path;
    CollectPaths(entry.provider, &path, &paths);
    for (const Path& taken : paths) {
      const std::string name = NameOf(taken.back());
      set.insert(name);
      if (missed.count(name) == 0 && IsMissed(cases, entry, taken)) missed.insert(name);
    }
  }
  std::set<std::string> unnoticed;
  for (const std::string& name : set) {
    if (missed.count(name) == 0) unnoticed.insert(name);
  }
  unnoticed = Besides(std::move(unnoticed), NamesReadElsewhere());
  EXPECT_EQ(Lines(unnoticed), Lines(NamesWithoutACase()));
}

}  // namespace
}  // namespace evertoken
