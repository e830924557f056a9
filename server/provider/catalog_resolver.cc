#include "server/provider/catalog_resolver.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/config/utf8.h"

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void CopyField(const Message& from, const FieldDescriptor* field, Message* to) {
  // One field alone: what the other fields of `from` hold must not come along.
  std::unique_ptr<Message> only(from.New());
  only->CopyFrom(from);
  std::vector<const FieldDescriptor*> set;
  only->GetReflection()->ListFields(*only, &set);
  for (const FieldDescriptor* other : set) {
    if (other != field) only->GetReflection()->ClearField(only.get(), other);
  }
  to->GetReflection()->ClearField(to, field);
  to->MergeFrom(*only);
}

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
  for (const FieldDescriptor* field : fields) {
    const std::string child = MemberPath(path, field->name());
    if (field->is_map()) {
      MergeMap(base, field, entry);
    } else if (!lines.Has(child)) {
      CopyField(base, field, entry);
    } else if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
               field->message_type()->full_name() != "google.protobuf.Duration") {
      Inherit(reflection->GetMessage(base, field), lines, child,
              reflection->MutableMessage(entry, field));
    }
  }
}

class Resolver {
 public:
  Resolver(const std::vector<CatalogSource>& sources, std::vector<ConfigProblem>* problems)
      : sources_(sources), problems_(problems) {}

  std::optional<ResolvedEntry> Resolve(const std::string& id, size_t source) {
    visiting_.clear();
    return ResolveLayer(id, source);
  }

  // The last source before `end` that has the entry.
  std::optional<size_t> FindSource(const std::string& id, size_t end) const {
    for (size_t i = end; i-- > 0;) {
      if (sources_[i].catalog.providers().contains(id)) return i;
    }
    return std::nullopt;
  }

 private:
  std::optional<ResolvedEntry> ResolveLayer(const std::string& id, size_t source) {
    if (!visiting_.emplace(id, source).second) return Fail(id, source, "extends itself in the end");
    ResolvedEntry entry;
    entry.id = id;
    entry.provider = sources_[source].catalog.providers().at(id);
    entry.origins.push_back({&sources_[source], id});
    const std::string base_id = entry.provider.extends();
    if (base_id.empty()) return entry;
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
  std::set<std::pair<std::string, size_t>> visiting_;
};

}  // namespace

ConfigProblem ResolvedEntry::ProblemAt(const std::string& path, std::string what) const {
  const std::string shown = path.empty() ? EntryPath(id) : absl::StrCat(EntryPath(id), ".", path);
  for (const Origin& origin : origins) {
    const std::string full =
        path.empty() ? EntryPath(origin.id) : absl::StrCat(EntryPath(origin.id), ".", path);
    if (origin.source->lines.Has(full))
      return {origin.source->name, origin.source->lines.LineOf(full), shown, what};
  }
  return {origins[0].source->name, origins[0].source->lines.LineOf(shown), shown, std::move(what)};
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
