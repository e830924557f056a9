#include "server/provider/catalog_resolver.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/config/utf8.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string MapKey(const Message& entry) {
  return entry.GetReflection()->GetString(entry, entry.GetDescriptor()->map_key());
}

// Adds the entries of the map `field` whose keys `to` does not have.
void MergeMap(const Message& from, const FieldDescriptor* field, Message* to) {
  const Reflection* reflection = from.GetReflection();
  std::set<std::string> known;
  for (int i = 0; i < reflection->FieldSize(*to, field); ++i) {
    known.insert(MapKey(reflection->GetRepeatedMessage(*to, field, i)));
  }
  for (int i = 0; i < reflection->FieldSize(from, field); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(from, field, i);
    if (known.count(MapKey(entry)) == 0) reflection->AddMessage(to, field)->CopyFrom(entry);
  }
}

// Gives `entry`, written at `path` in `lines`, every value of `base` that it does not set.
void Inherit(const Message& base, const SourceMap& lines, const std::string& path, Message* entry) {
  const Reflection* reflection = base.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(base, &fields);
  // Whose fields are taken out one by one.
  const std::unique_ptr<Message> copy(base.New());
  copy->CopyFrom(base);
  for (const FieldDescriptor* field : fields) {
    const std::string child = MemberPath(path, field->name());
    if (field->is_map()) {
      MergeMap(base, field, entry);
    } else if (!lines.Has(child)) {
      reflection->SwapFields(copy.get(), entry, {field});
    } else if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
               field->message_type()->full_name() != "google.protobuf.Duration") {
      Inherit(reflection->GetMessage(base, field), lines, child,
              reflection->MutableMessage(entry, field));
    }
  }
}

// Takes the empty texts out of the maps of `message`: they stand for what is not to be inherited. Lists and what is in them are
// inherited as a whole.
void DropEmptyTexts(Message* message) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      DropEmptyTexts(reflection->MutableMessage(message, field));
      continue;
    }
    const bool of_texts = field->is_map() && field->message_type()->map_value()->cpp_type() ==
                                                 FieldDescriptor::CPPTYPE_STRING;
    if (!of_texts) continue;
    const FieldDescriptor* value = field->message_type()->map_value();
    for (int i = reflection->FieldSize(*message, field); i-- > 0;) {
      const Message& text = reflection->GetRepeatedMessage(*message, field, i);
      if (!text.GetReflection()->GetString(text, value).empty()) continue;
      reflection->SwapElements(message, field, i, reflection->FieldSize(*message, field) - 1);
      reflection->RemoveLast(message, field);
    }
  }
}

std::string PathIn(const std::string& entry, const std::string& path) {
  return path.empty() ? entry : absl::StrCat(entry, ".", path);
}

// `path` as the source has it: a rule behind an entry's `own_errors` has another number in the defaults.
std::string AsWritten(const std::string& path, int own_errors) {
  absl::string_view rest = path;
  if (!absl::ConsumePrefix(&rest, "errors[")) return path;
  const size_t end = rest.find(']');
  int index = 0;
  if (!absl::SimpleAtoi(rest.substr(0, end), &index) || index < own_errors) return path;
  return absl::StrCat(ElementPath("errors", static_cast<size_t>(index - own_errors)),
                      rest.substr(end + 1));
}

class Resolver {
 public:
  Resolver(const std::vector<CatalogSource>& sources, std::vector<ConfigProblem>* problems)
      : sources_(sources), problems_(problems) {
    for (const CatalogSource& source : sources_) AddDefaults(source);
  }

  std::optional<ResolvedEntry> Resolve(const std::string& id, size_t source) {
    visiting_.clear();
    std::optional<ResolvedEntry> entry = ResolveLayer(id, source);
    if (!entry.has_value()) return std::nullopt;
    entry->own_errors = entry->provider.errors_size();
    entry->provider.mutable_errors()->MergeFrom(default_errors_);
    entry->origins.insert(entry->origins.end(), default_origins_.begin(), default_origins_.end());
    DropEmptyTexts(&entry->provider);
    return entry;
  }

  // The last source before `end` that has the entry.
  std::optional<size_t> FindSource(const std::string& id, size_t end) const {
    for (size_t i = end; i-- > 0;) {
      if (sources_[i].catalog.providers().contains(id)) return i;
    }
    return std::nullopt;
  }

 private:
  // Puts a later source's defaults before those that are known.
  void AddDefaults(const CatalogSource& source) {
    if (!source.catalog.has_defaults()) return;
    Provider merged = source.catalog.defaults();
    if (!merged.extends().empty()) {
      const std::string path = MemberPath(kDefaultsPath, "extends");
      problems_->push_back(
          {source.name, source.lines.LineOf(path), path, "defaults extend nothing"});
      merged.clear_extends();
    }
    if (source.lines.Has(MemberPath(kDefaultsPath, "errors"))) default_errors_ = merged.errors();
    merged.clear_errors();
    Inherit(defaults_, source.lines, kDefaultsPath, &merged);
    defaults_ = std::move(merged);
    default_origins_.insert(default_origins_.begin(), {&source, kDefaultsPath});
  }

  std::optional<ResolvedEntry> ResolveLayer(const std::string& id, size_t source) {
    if (!visiting_.emplace(id, source).second) return Fail(id, source, "extends itself in the end");
    ResolvedEntry entry;
    entry.id = id;
    entry.provider = sources_[source].catalog.providers().at(id);
    entry.origins.push_back({&sources_[source], EntryPath(id)});
    const std::string base_id = entry.provider.extends();
    if (base_id.empty()) {
      Inherit(defaults_, sources_[source].lines, EntryPath(id), &entry.provider);
      return entry;
    }
    const std::optional<size_t> base_source =
        FindSource(base_id, base_id == id ? source : sources_.size());
    if (!base_source.has_value()) {
      return Fail(id, source,
                  absl::StrCat("there is no entry `", ForDisplay(base_id), "` to extend"));
    }
    const std::optional<ResolvedEntry> base = ResolveLayer(base_id, *base_source);
    if (!base.has_value()) return std::nullopt;
    Inherit(base->provider, sources_[source].lines, EntryPath(id), &entry.provider);
    entry.origins.insert(entry.origins.end(), base->origins.begin(), base->origins.end());
    entry.provider.clear_extends();
    return entry;
  }

  std::nullopt_t Fail(const std::string& id, size_t source, std::string what) {
    const std::string path = MemberPath(EntryPath(id), "extends");
    problems_->push_back(
        {sources_[source].name, sources_[source].lines.LineOf(path), path, std::move(what)});
    return std::nullopt;
  }

  const std::vector<CatalogSource>& sources_;
  std::vector<ConfigProblem>* const problems_;
  Provider defaults_;  // without its errors, which are not inherited but added
  google::protobuf::RepeatedPtrField<Provider::ErrorRule> default_errors_;
  std::vector<ResolvedEntry::Origin> default_origins_;
  std::set<std::pair<std::string, size_t>> visiting_;
};

}  // namespace

std::optional<ConfigProblem> ResolvedEntry::Written(const std::string& path) const {
  const std::string written = AsWritten(path, own_errors);
  const bool is_default_rule = written != path;
  for (const Origin& origin : origins) {
    if (is_default_rule && origin.path != kDefaultsPath) continue;
    const std::string full = PathIn(origin.path, written);
    if (origin.source->lines.Has(is_default_rule ? PathIn(origin.path, "errors") : full))
      return ConfigProblem{origin.source->name, origin.source->lines.LineOf(full), "", ""};
  }
  return std::nullopt;
}

std::optional<std::string> ResolvedEntry::PlaceOf(const std::string& path) const {
  const std::optional<ConfigProblem> place = Written(path);
  if (!place.has_value()) return std::nullopt;
  return absl::StrCat(place->file, ":", place->line);
}

ConfigProblem ResolvedEntry::ProblemAt(const std::string& path, std::string what) const {
  const std::string shown = PathIn(EntryPath(id), path);
  std::optional<ConfigProblem> problem = Written(path);
  if (!problem.has_value())
    problem = {origins[0].source->name, origins[0].source->lines.LineOf(shown), "", ""};
  problem->path = shown;
  problem->what = std::move(what);
  return *std::move(problem);
}

std::vector<ResolvedEntry> ResolveCatalog(const std::vector<CatalogSource>& sources,
                                          std::vector<ConfigProblem>* problems) {
  std::set<std::string> ids;
  for (const CatalogSource& source : sources) {
    for (const auto& [id, unused] : source.catalog.providers()) ids.insert(id);
  }
  Resolver resolver(sources, problems);
  std::vector<ResolvedEntry> entries;
  for (const std::string& id : ids) {
    std::optional<ResolvedEntry> entry =
        resolver.Resolve(id, *resolver.FindSource(id, sources.size()));
    if (entry.has_value()) entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace evertoken
