#include "tests/hostile_provider/admin_messages.h"

#include <string>

#include "tests/hostile_provider/json_fields.h"
#include "tests/hostile_provider/names.h"

namespace evertoken::hostile {
namespace {

constexpr absl::Duration kLongestLife = absl::Hours(24 * 3650);
constexpr absl::Duration kLongestDelay = absl::Hours(1);

// Only what a done request can still be made to look like is a choice.
bool MayChooseDone(Fault fault) {
  Trouble done, undone;
  done.fault = undone.fault = fault;
  done.done = true;
  undone.done = false;
  return IsDone(done) != IsDone(undone);
}

void ReadReplyOf(JsonFields* fields, Trouble* trouble) {
  int64_t status = trouble->status;
  fields->Read("status", &status, 400, 599);
  trouble->status = static_cast<int>(status);
  fields->Read("error", &trouble->error);
  fields->Read("headers", &trouble->headers);
  std::string retry_after;
  fields->Read("retry_after", &retry_after);
  if (!retry_after.empty()) trouble->headers.emplace_back("retry-after", retry_after);
  absl::Duration date_in;
  fields->Read("retry_after_date_in", &date_in, -kLongestLife, kLongestLife);
  if (fields->Has("retry_after_date_in")) trouble->retry_after_date_in = date_in;
}

boost::json::string Text(absl::string_view text) {
  return boost::json::string(text.data(), text.size());
}

}  // namespace

absl::StatusOr<FamilyPolicy> ReadPolicy(const boost::json::object& object) {
  FamilyPolicy policy;
  JsonFields fields(object);
  fields.ReadEnum("rotation", &policy.rotation);
  fields.ReadEnum("reuse", &policy.reuse);
  fields.Read("grace", &policy.grace, absl::ZeroDuration(), absl::InfiniteDuration());
  fields.ReadEnum("grace_answer", &policy.grace_answer);
  fields.Read("grace_ends_with_next_use", &policy.grace_ends_with_next_use);
  fields.Read("access_life", &policy.access_life, absl::ZeroDuration(), kLongestLife);
  fields.ReadEnum("expires_in", &policy.expires_in);
  fields.Read("refresh_ends_access_token", &policy.refresh_ends_access_token);
  fields.ReadEnum("refresh_life", &policy.refresh_life);
  fields.Read("refresh_life_length", &policy.refresh_life_length, absl::ZeroDuration(),
              kLongestLife);
  fields.Read("tells_refresh_life", &policy.tells_refresh_life);
  fields.Read("minimum_age", &policy.minimum_age, absl::ZeroDuration(), kLongestLife);
  fields.Read("repeats_refresh_token", &policy.repeats_refresh_token);
  fields.Read("id_token_at_refresh", &policy.id_token_at_refresh);
  fields.Read("scope", &policy.scope);
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  return policy;
}

absl::StatusOr<TroubleOrder> ReadTroubleOrder(const boost::json::object& object) {
  TroubleOrder order;
  JsonFields fields(object);
  fields.ReadEnum("endpoint", &order.endpoint);
  fields.ReadEnum("fault", &order.trouble.fault);
  fields.Read("delay_before", &order.trouble.delay_before, absl::ZeroDuration(), kLongestDelay);
  fields.Read("delay_after", &order.trouble.delay_after, absl::ZeroDuration(), kLongestDelay);
  bool done = false;
  fields.Read("done", &done);
  if (fields.Has("done")) {
    order.trouble.done = done;
    if (!MayChooseDone(order.trouble.fault))
      fields.Complain("done", absl::StrCat("is no choice with ", NameOf(order.trouble.fault)));
  }
  ReadReplyOf(&fields, &order.trouble);
  fields.Read("times", &order.times, 1, TroubleScript::kMostTimes);
  fields.Read("family", &order.family, 1, static_cast<int64_t>(TokenBook::Limits().families));
  fields.Read("probability", &order.probability);
  if (fields.Has("probability")) {
    if (!(order.probability > 0 && order.probability <= 1))
      fields.Complain("probability", "must be above 0 and at most 1");
    if (fields.Has("times") || fields.Has("family"))
      fields.Complain("probability", "goes with neither times nor family");
  }
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  return order;
}

boost::json::object WritePair(const IssuedPair& pair) {
  return {{"family", pair.family},
          {"access_token", pair.access_token},
          {"refresh_token", pair.refresh_token}};
}

boost::json::object WriteFamily(const Family& family) {
  return {{"family", family.id},
          {"user", family.user},
          {"alive", family.end == FamilyEnd::kNone},
          {"end", Text(NameOf(family.end))},
          {"renewals", family.renewals},
          {"reuses", family.reuses},
          {"access_token", family.access_token},
          {"refresh_token", family.refresh_token}};
}

boost::json::object WritePresentation(const Presentation& presentation) {
  return {{"time", absl::FormatTime(absl::RFC3339_full, presentation.time, absl::UTCTimeZone())},
          {"verdict", Text(NameOf(presentation.verdict))}};
}

}  // namespace evertoken::hostile
