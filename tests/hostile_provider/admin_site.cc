#include "tests/hostile_provider/admin_site.h"

#include <boost/json.hpp>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/json_text.h"
#include "tests/hostile_provider/admin_messages.h"
#include "tests/hostile_provider/json_fields.h"
#include "tests/hostile_provider/names.h"

namespace evertoken::hostile {
namespace {

namespace json = boost::json;

constexpr int64_t kMostListed = 1000;
constexpr absl::Duration kFarthest = absl::Hours(24 * 3650);

using Result = absl::StatusOr<json::object>;

// What a handler works on.
struct Stage {
  HostileProvider* engine;
  LoginRules* login_rules;
  absl::Duration* ahead;
  absl::Time now;
};

int StatusOf(const absl::Status& status) {
  if (absl::IsNotFound(status)) return 404;
  return absl::IsResourceExhausted(status) ? 429 : 400;
}

absl::StatusOr<FamilyPolicy> PolicyIn(JsonFields* fields) {
  const json::object* const object = fields->Object("policy");
  return object == nullptr ? FamilyPolicy() : ReadPolicy(*object);
}

Result CreateFamily(const Stage& stage, const json::object& request) {
  JsonFields fields(request);
  const absl::StatusOr<FamilyPolicy> policy = PolicyIn(&fields);
  std::string user = "ada";
  fields.Read("user", &user);
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (!policy.ok()) return policy.status();
  const absl::StatusOr<IssuedPair> pair = stage.engine->NewFamily(*policy, stage.now, user);
  if (!pair.ok()) return pair.status();
  return WritePair(*pair);
}

Result ListFamilies(const Stage& stage, const demo::Form& query) {
  int64_t after = 0;
  const std::string text = demo::ValueOf(query, "after");
  if (!text.empty() && (!absl::SimpleAtoi(text, &after) || after < 0))
    return absl::InvalidArgumentError("after must be the id of a family");
  const std::vector<Family>& families = stage.engine->book().families();
  const auto size = static_cast<int64_t>(families.size());
  json::array list;
  int64_t id = after + 1;
  for (; id <= size && id - after <= kMostListed; ++id)
    list.push_back(WriteFamily(families[static_cast<size_t>(id) - 1]));
  return json::object{{"families", std::move(list)}, {"more", id <= size}};
}

// Ends one family, or all of a user.
Result EndFamilies(const Stage& stage, const json::object& request,
                   bool (HostileProvider::*end)(int64_t)) {
  int64_t family = 0;
  std::string user;
  JsonFields fields(request);
  fields.Read("family", &family, 1, INT64_MAX);
  fields.Read("user", &user);
  if (fields.Has("family") == fields.Has("user"))
    fields.Complain("family", "or user must be there, not both");
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  int64_t ended = 0;
  if (user.empty()) {
    if (!(stage.engine->*end)(family)) return absl::NotFoundError("there is no such family");
    ended = 1;
  } else {
    for (const Family& one : stage.engine->book().families()) {
      if (one.user == user && (stage.engine->*end)(one.id)) ++ended;
    }
  }
  return json::object{{"ended", ended}};
}

Result AddTrouble(const Stage& stage, const json::object& request) {
  absl::StatusOr<TroubleOrder> order = ReadTroubleOrder(request);
  if (!order.ok()) return order.status();
  TroubleScript& script = stage.engine->script();
  const absl::Status status =
      order->probability > 0
          ? script.AddChance(order->endpoint, order->trouble, order->probability)
          : script.Queue(order->endpoint, order->trouble, order->times, order->family);
  if (!status.ok()) return status;
  return json::object{{"queued", script.queued()}};
}

Result RotateKeys(const Stage& stage, const json::object& request) {
  bool keep_old = true;
  JsonFields fields(request);
  fields.Read("keep_old", &keep_old);
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  stage.engine->RotateKeys(keep_old);
  return json::object{};
}

Result SetClock(const Stage& stage, const json::object& request) {
  absl::Duration skew, advance;
  JsonFields fields(request);
  fields.Read("skew", &skew, -kFarthest, kFarthest);
  fields.Read("advance", &advance, absl::ZeroDuration(), kFarthest - *stage.ahead);
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (fields.Has("skew")) stage.engine->SetClockSkew(skew);
  *stage.ahead += advance;
  return json::object{
      {"now", absl::FormatTime(absl::RFC3339_full, stage.now + advance, absl::UTCTimeZone())}};
}

Result SetLogin(const Stage& stage, const json::object& request) {
  LoginRules rules;
  JsonFields fields(request);
  const absl::StatusOr<FamilyPolicy> policy = PolicyIn(&fields);
  fields.Read("error", &rules.error);
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (!policy.ok()) return policy.status();
  rules.policy = *policy;
  *stage.login_rules = std::move(rules);
  return json::object{};
}

Result Counts(const Stage& stage) {
  json::object calls, presentations;
  for (const auto& [name, endpoint] : NamesOf(Endpoint()))
    calls[std::string(name)] = stage.engine->calls(endpoint);
  for (const auto& [name, verdict] : NamesOf(Verdict()))
    presentations[std::string(name)] = stage.engine->book().CountOf(verdict);
  return json::object{{"calls", std::move(calls)},
                      {"presentations", std::move(presentations)},
                      {"families", stage.engine->book().families().size()},
                      {"troubles_queued", stage.engine->script().queued()}};
}

Result PresentationsOf(const Stage& stage, const demo::Form& query) {
  const TokenBook& book = stage.engine->book();
  const std::string token = demo::ValueOf(query, "token");
  if (book.FamilyOf(token) == nullptr)
    return absl::NotFoundError("token must be a token that this provider gave out");
  json::array list;
  for (const Presentation& one : book.Presentations(token)) list.push_back(WritePresentation(one));
  return json::object{{"count", book.Count(token)}, {"presentations", std::move(list)}};
}

Result Get(const Stage& stage, const ProviderRequest& request) {
  if (request.path == "/admin/families") return ListFamilies(stage, request.query);
  if (request.path == "/admin/counts") return Counts(stage);
  if (request.path == "/admin/presentations") return PresentationsOf(stage, request.query);
  return absl::NotFoundError(
      "GET knows /admin/families, /admin/counts and /admin/presentations?token=…");
}

Result Post(const Stage& stage, const std::string& path, const json::object& request) {
  if (path == "/admin/families") return CreateFamily(stage, request);
  if (path == "/admin/revoke") return EndFamilies(stage, request, &HostileProvider::UserRevokes);
  if (path == "/admin/kill") return EndFamilies(stage, request, &HostileProvider::Kill);
  if (path == "/admin/troubles") return AddTrouble(stage, request);
  if (path == "/admin/keys") return RotateKeys(stage, request);
  if (path == "/admin/clock") return SetClock(stage, request);
  if (path == "/admin/login") return SetLogin(stage, request);
  return absl::NotFoundError(
      "POST knows /admin/families, /admin/revoke, /admin/kill, /admin/troubles, /admin/keys, "
      "/admin/clock, /admin/login and /admin/reset");
}

Result Answer(const Stage& stage, const ProviderRequest& request) {
  if (request.method == "GET") return Get(stage, request);
  if (request.method == "DELETE" && request.path == "/admin/troubles") {
    stage.engine->script().Clear();
    return json::object{};
  }
  if (request.method != "POST") return absl::NotFoundError("use GET or POST");
  if (request.body.empty()) return Post(stage, request.path, {});
  json::error_code error;
  const json::value body = json::parse(request.body, error);
  if (error || !body.is_object())
    return absl::InvalidArgumentError("the body must be a JSON object");
  return Post(stage, request.path, body.get_object());
}

}  // namespace

AdminSite::AdminSite(HostileProvider* engine, LoginRules* login_rules, absl::Duration* ahead)
    : engine_(engine), login_rules_(login_rules), ahead_(ahead) {}

ProviderReply AdminSite::Handle(const ProviderRequest& request, absl::Time now) {
  const Result result = Answer({engine_, login_rules_, ahead_, now}, request);
  if (result.ok()) return JsonProviderReply(200, json::serialize(*result) + "\n");
  return JsonProviderReply(
      StatusOf(result.status()),
      absl::StrCat("{\"error\":", JsonQuote(result.status().message()), "}\n"));
}

}  // namespace evertoken::hostile
