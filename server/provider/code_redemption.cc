#include "server/provider/code_redemption.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/provider/binding_values.h"
#include "server/provider/token_merge.h"
#include "server/provider/token_reply.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

void KeepFromCallback(const ProviderBinding& binding, const CodeRedemption& redemption,
                      ProviderTokens* tokens) {
  for (const std::string& name : binding.entry->authorization().keep_from_callback()) {
    const auto value = redemption.callback.find(name);
    if (value != redemption.callback.end()) tokens->mutable_kept()->insert({name, value->second});
  }
}

// What is known of the user before there are tokens.
ProviderTokens KnownBefore(const ProviderBinding& binding, const CodeRedemption& redemption) {
  ProviderTokens known;
  KeepFromCallback(binding, redemption, &known);
  return known;
}

FormFields RedemptionForm(const ProviderBinding& binding, const CodeRedemption& redemption) {
  FormFields form = {{"grant_type", "authorization_code"}, {"code", redemption.code.Reveal()}};
  if (!redemption.redirect_uri.empty()) form.emplace_back("redirect_uri", redemption.redirect_uri);
  if (!redemption.code_verifier.empty())
    form.emplace_back("code_verifier", redemption.code_verifier.Reveal());
  const ProviderTokens known = KnownBefore(binding, redemption);
  const BindingValues values(binding, &known);
  const FormFields more = values.ExpandKnown(binding.entry->token().code_parameters());
  form.insert(form.end(), more.begin(), more.end());
  return form;
}

bool NamesRedirectUri(const config::v1::Provider& entry) {
  const auto& parameters = entry.renewal().parameters();
  return std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    return absl::StrContains(parameter.second, "{redirect_uri}");
  });
}

// Whether a second exchange that failed like this can be made up for by the first renewal.
bool MayPass(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
    case v1::ERROR_REASON_PROVIDER_RATE_LIMITED:
    case v1::ERROR_REASON_PROVIDER_REPLY_INVALID:
      return true;
    default:
      return false;
  }
}

// Pairs that live apart from the first. Two names for one pair would spend its refresh token twice.
void ReadSecondary(const ProviderBinding& binding, const Provider::TokenReply& format,
                   JsonRef reply, absl::Time sent, ProviderTokens* first) {
  std::set<std::string> seen = {first->access_token(), first->refresh_token()};
  const auto& secondary = binding.entry->token().secondary();
  const std::map<std::string, Provider::TokenPair> in_order(secondary.begin(), secondary.end());
  for (const auto& [name, place] : in_order) {
    Provider::TokenReply there = format;
    there.clear_roots();
    there.add_roots(place.at());
    absl::StatusOr<ProviderTokens> pair = ReadTokenReply(binding, there, reply, sent, "");
    if (!pair.ok() || !seen.insert(pair->access_token()).second) continue;
    if (!pair->refresh_token().empty() && !seen.insert(pair->refresh_token()).second) continue;
    pair->set_chain(name);
    pair->clear_id_token();
    pair->set_redirect_uri(first->redirect_uri());
    pair->set_client_id(first->client_id());
    pair->mutable_kept()->insert(first->kept().begin(), first->kept().end());
    CompleteFirstTokens(*binding.entry, &*pair);
    (*first->mutable_secondary())[name] = *std::move(pair);
  }
}

}  // namespace

CodeRedeemer::CodeRedeemer(TokenEndpoint* endpoint) : endpoint_(endpoint) {}

Task<absl::StatusOr<ProviderTokens>> CodeRedeemer::Redeem(ProviderBinding binding,
                                                          CodeRedemption redemption) {
  const Provider::TokenReply* format = &binding.entry->token().reply();
  TokenAnswer answer;
  if (binding.entry->token().has_code_request()) {
    const Provider::TokenRequest* request = &binding.entry->token().code_request();
    format = &request->reply();
    ProviderTokens known = KnownBefore(binding, redemption);
    answer = co_await endpoint_->Exchange(binding, ReplyPlace::kRedemption, request,
                                          std::move(known), absl::InfiniteFuture(), &redemption);
  } else {
    FormFields form = RedemptionForm(binding, redemption);
    answer = co_await endpoint_->Grant(binding, ReplyPlace::kRedemption, std::move(form));
  }
  if (!answer.body.ok()) co_return answer.body.status();
  absl::StatusOr<ProviderTokens> tokens =
      ReadTokenReply(binding, *format, (*answer.body)->root(), answer.sent, "");
  if (!tokens.ok()) co_return tokens.status();
  KeepFromCallback(binding, redemption, &*tokens);
  if (NamesRedirectUri(*binding.entry)) tokens->set_redirect_uri(redemption.redirect_uri);
  tokens->set_client_id(redemption.client_id);
  if (tokens->scopes().empty()) {
    for (const std::string& scope : redemption.requested_scopes) tokens->add_scopes(scope);
  }
  CompleteFirstTokens(*binding.entry, &*tokens);
  ReadSecondary(binding, *format, (*answer.body)->root(), answer.sent, &*tokens);
  if (!binding.entry->has_post_exchange()) co_return tokens;
  ProviderTokens first = *std::move(tokens);
  co_return co_await SecondExchange(std::move(binding), std::move(first));
}

Task<absl::StatusOr<ProviderTokens>> CodeRedeemer::SecondExchange(ProviderBinding binding,
                                                                  ProviderTokens first) {
  const Provider::TokenRequest* request = &binding.entry->post_exchange();
  TokenAnswer answer =
      co_await endpoint_->Exchange(binding, ReplyPlace::kRedemption, request, first);
  absl::Status failure = answer.body.status();
  if (answer.body.ok()) {
    absl::StatusOr<ProviderTokens> second = ReadTokenReply(
        binding, request->reply(), (*answer.body)->root(), answer.sent, first.refresh_token());
    if (second.ok()) co_return MergeTokens(*binding.entry, first, *std::move(second));
    failure = second.status();
  }
  // The code is spent and the first token lives: keeping it saves the login.
  if (MayPass(failure)) co_return first;
  co_return failure;
}

}  // namespace evertoken
