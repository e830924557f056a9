#include "server/broker/broker.h"

#include <atomic>
#include <optional>
#include <utility>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/broker/answers.h"
#include "server/broker/companions.h"
#include "server/broker/counted.h"
#include "server/broker/event_tail.h"
#include "server/broker/event_watch.h"
#include "server/broker/freshness.h"
#include "server/broker/grant_repository.h"
#include "server/broker/grant_starter.h"
#include "server/broker/grant_tender.h"
#include "server/broker/guarded_provider.h"
#include "server/broker/login_flow.h"
#include "server/broker/profile_reader.h"
#include "server/broker/recent_results.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewer.h"
#include "server/broker/result_recovery.h"
#include "server/broker/token_exchange.h"
#include "server/broker/token_look.h"
#include "server/broker/token_revocation.h"

namespace evertoken {
namespace {

template <typename Answer>
Answer TokenAnswer(const StartedGrant& started) {
  const storage::v1::Grant& grant = started.grant.grant();
  Answer answer;
  answer.set_access_token(started.access_token.Reveal());
  *answer.mutable_expire_time() = grant.expire_time();
  answer.set_expiry_limit(grant.expiry_limit());
  answer.set_provider(grant.provider());
  answer.set_subject(grant.subject());
  return answer;
}

// Results that each loop remembers for a store that may forget them: some seconds of the fastest renewing.
constexpr size_t kRecentResults = 20000;

}  // namespace

class Broker::Impl {
 public:
  explicit Impl(BrokerParts parts)
      : parts_(parts),
        grants_(parts.store, parts.keys, parts.cache, parts.apps, parts.clock),
        guarded_(parts.providers, parts.guard, parts.clock, parts.provider_timeout),
        recent_(parts.clock, parts.store_may_forget ? kRecentResults : 0, parts.results),
        renewer_({parts.executor, parts.store, &grants_, parts.providers, parts.journal, &recent_,
                  parts.guard, parts.apps, parts.clock, parts.metrics, parts.provider_timeout,
                  parts.store_timeout}),
        recovery_({parts.executor, parts.store, &grants_, &guarded_, parts.journal, &recent_,
                   parts.apps, parts.clock,
                   LeaseTerms::For(parts.provider_timeout, parts.store_timeout)}),
        companions_(
            {parts.executor, &grants_, &renewer_, &recent_, parts.clock, parts.outage_reads}),
        looks_(&grants_, &guarded_, &renewer_, parts.clock),
        profiles_({&grants_, &renewer_, parts.providers, parts.guard, parts.apps, parts.clock,
                   parts.provider_timeout}),
        starter_(&grants_, &companions_, &profiles_, parts.providers, parts.clock),
        logins_(parts.store, parts.keys, parts.apps, parts.providers, &guarded_, &starter_,
                parts.clock),
        exchange_(parts.store, parts.keys, parts.apps, parts.providers, &guarded_, &grants_,
                  &starter_, parts.clock),
        web_login_(&logins_, &exchange_, parts.apps, parts.keys, parts.metrics),
        revocation_(&grants_, &companions_, &recent_, &renewer_, &guarded_, parts.apps,
                    parts.clock),
        event_tail_(parts.executor, parts.events) {
    if (parts.due == nullptr) return;
    const int shards = parts.due->shards();
    tender_.emplace(GrantTender::Parts{
        parts.executor, parts.store, &grants_, &renewer_, parts.guard, parts.apps, parts.clock,
        LeaseTerms::For(parts.provider_timeout, parts.store_timeout),
        parts.keep_alive.LoopRate(shards), parts.keep_alive.LoopConcurrent(shards), &looks_,
        &companions_});
    worker_.emplace(KeepAliveWorker::Parts{parts.executor, parts.due, &*tender_, parts.clock,
                                           parts.metrics, parts.random, parts.keep_alive});
  }

  Task<absl::StatusOr<v1::ExchangeTokenResponse>> ExchangeToken(Caller caller,
                                                                v1::ExchangeTokenRequest request) {
    Counted counted(&use_cases_);
    absl::StatusOr<StartedGrant> started = absl::UnknownError("");
    if (request.has_request_token()) {
      Secret request_token(request.request_token());
      started = co_await exchange_.ByRequestToken(caller.app, std::move(request_token));
    } else if (request.has_authorization_code()) {
      started = co_await exchange_.ByAuthorizationCode(caller.context, caller.app,
                                                       request.authorization_code());
    } else {
      started = co_await exchange_.ByProviderTokens(caller.context, caller.app,
                                                    request.provider_tokens());
    }
    if (!started.ok()) co_return started.status();
    co_return TokenAnswer<v1::ExchangeTokenResponse>(*started);
  }

  Task<absl::StatusOr<v1::RefreshTokenResponse>> RefreshToken(Caller caller,
                                                              v1::RefreshTokenRequest request) {
    Counted counted(&use_cases_);
    absl::StatusOr<LoadedGrant> grant =
        co_await Load(caller, request.access_token(), /*allow_cached=*/false);
    const absl::Status read = grant.status();
    if (IsStoreDown(read)) grant = LastKnown(caller, request.access_token(), read);
    if (!grant.ok()) co_return grant.status();
    absl::StatusOr<ProviderBinding> binding =
        parts_.apps->Bind(*caller.app, grant->grant().provider());
    if (!binding.ok()) co_return binding.status();
    std::optional<absl::Duration> min_remaining;
    if (request.has_min_remaining()) min_remaining = FromDuration(request.min_remaining());
    if (FreshEnough(grant->grant(), *binding->entry, min_remaining, parts_.clock->Now())) {
      parts_.metrics->CountRenewal(binding->provider, "fresh");
      co_return RefreshAnswer(request.access_token(), grant->grant(), /*renewed=*/false);
    }
    if (!read.ok()) co_return read;
    absl::Status renewable = CheckRenewable(grant->grant(), *binding->entry, parts_.clock->Now());
    if (!renewable.ok()) co_return renewable;
    Renewer::Result renewed =
        co_await renewer_.Renew(caller.context, *binding, *grant, RenewalAttempt::Cause::kAsked);
    if (!renewed.ok()) co_return renewed.status();
    companions_.RenewAll(caller.context, *binding, renewed->grant);
    co_return RefreshAnswer(request.access_token(), renewed->grant.grant(), renewed->renewed);
  }

  Task<absl::StatusOr<v1::GetRefreshedProfileResponse>> GetRefreshedProfile(
      Caller caller, v1::GetRefreshedProfileRequest request) {
    Counted counted(&use_cases_);
    absl::StatusOr<LoadedGrant> grant =
        co_await Load(caller, request.access_token(), /*allow_cached=*/true);
    if (!grant.ok()) co_return grant.status();
    v1::GetRefreshedProfileResponse answer;
    const absl::Duration max_age = FromDuration(request.max_age());
    if (!request.include_raw() && ProfileRecent(grant->grant(), max_age, parts_.clock->Now())) {
      FillProfile(grant->grant(), {}, &answer);
      co_return answer;
    }
    absl::StatusOr<ProviderBinding> binding =
        parts_.apps->Bind(*caller.app, grant->grant().provider());
    if (!binding.ok()) co_return binding.status();
    absl::StatusOr<ProfileReader::Outcome> fetched =
        co_await profiles_.Fetch(caller.context, *binding, *grant);
    if (!fetched.ok()) co_return fetched.status();
    if (!request.include_raw()) fetched->raw.clear();
    FillProfile(fetched->grant.grant(), fetched->raw, &answer);
    co_return answer;
  }

  Task<absl::StatusOr<v1::GetProviderTokenResponse>> GetProviderToken(
      Caller caller, v1::GetProviderTokenRequest request) {
    Counted counted(&use_cases_);
    if (!caller.app->allow_provider_token()) {
      co_return MakeError(
          v1::ERROR_REASON_CALLER_FORBIDDEN,
          "this app is not allowed to see provider tokens; an operator can permit it "
          "with `allow_provider_token`");
    }
    absl::StatusOr<LoadedGrant> grant =
        co_await Load(caller, request.access_token(), /*allow_cached=*/true);
    if (!grant.ok()) co_return grant.status();
    absl::StatusOr<ProviderBinding> binding =
        parts_.apps->Bind(*caller.app, grant->grant().provider());
    if (!binding.ok()) co_return binding.status();
    absl::StatusOr<LoadedGrant> asked = co_await companions_.Choose(*grant, request.chain());
    if (!asked.ok()) co_return asked.status();
    absl::StatusOr<LoadedGrant> usable = co_await profiles_.WithUsableToken(
        caller.context, *binding, *asked, RequestedRemaining(request));
    if (!usable.ok()) co_return OfPair(usable.status(), request.chain());
    v1::GetProviderTokenResponse answer;
    FillProviderToken(usable->grant(), &answer);
    *answer.mutable_chains() = grant->grant().chains();
    co_return answer;
  }

  Task<absl::StatusOr<v1::IntrospectTokenResponse>> IntrospectToken(
      Caller caller, v1::IntrospectTokenRequest request) {
    Counted counted(&use_cases_);
    Secret access_token(request.access_token());
    absl::StatusOr<LoadedGrant> grant = co_await grants_.Find(access_token, /*allow_cached=*/true);
    if (IsStoreDown(grant.status()))
      grant = LastKnown(caller, request.access_token(), grant.status());
    v1::IntrospectTokenResponse answer;
    if (ReasonOf(grant.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) co_return answer;
    if (!grant.ok()) co_return grant.status();
    FillIntrospection(*caller.app, grant->grant(), parts_.clock->Now(), &answer);
    co_return answer;
  }

  Task<absl::StatusOr<v1::RevokeTokenResponse>> RevokeToken(Caller caller,
                                                            v1::RevokeTokenRequest request) {
    Counted counted(&use_cases_);
    Secret access_token(request.access_token());
    absl::StatusOr<v1::RevokeTokenResponse> answer =
        co_await revocation_.Revoke(caller.context, caller.app, std::move(access_token));
    co_return answer;
  }

  Task<absl::Status> WatchGrantEvents(Caller caller, v1::WatchGrantEventsRequest request,
                                      std::shared_ptr<EventSink> sink) {
    Counted counted(&use_cases_);
    const EventWatch::Parts parts = {parts_.executor, &event_tail_, parts_.keys, parts_.clock};
    EventWatch watch(parts, caller.app->key(), std::move(sink));
    absl::Status ended = co_await watch.Run(request.cursor());
    co_return ended;
  }

  Task<absl::StatusOr<v1::StartLoginResponse>> StartLogin(Caller caller,
                                                          v1::StartLoginRequest request) {
    Counted counted(&use_cases_);
    absl::StatusOr<ProviderBinding> binding = parts_.apps->Bind(*caller.app, request.provider());
    if (!binding.ok()) co_return binding.status();
    if (!IsRegisteredRedirectUri(*caller.app, request.redirect_uri())) {
      co_return RequestInvalid(
          {{"redirect_uri", "is not one of the app's registered redirect URIs"}});
    }
    storage::v1::LoginAttempt attempt;
    attempt.set_app(caller.app->key());
    attempt.set_provider(request.provider());
    attempt.set_provider_redirect_uri(request.redirect_uri());
    *attempt.mutable_scopes() = request.scopes();
    absl::StatusOr<LoginFlow::Begun> begun =
        co_await logins_.Begin(*binding, std::move(attempt), request.login_hint());
    if (!begun.ok()) co_return begun.status();
    v1::StartLoginResponse answer;
    answer.set_authorization_url(begun->authorization_url);
    answer.set_state(begun->state.Reveal());
    *answer.mutable_expire_time() = ToTimestamp(begun->expire_time);
    co_return answer;
  }

  Task<absl::StatusOr<v1::CompleteLoginResponse>> CompleteLogin(Caller caller,
                                                                v1::CompleteLoginRequest request) {
    Counted counted(&use_cases_);
    std::string owner = LoginFlow::RpcOwner(*caller.app);
    Secret state(request.state());
    absl::StatusOr<storage::v1::LoginAttempt> attempt =
        co_await logins_.Recall(std::move(owner), std::move(state));
    if (!attempt.ok()) co_return attempt.status();
    LoginFlow::Callback callback;
    callback.code = Secret(request.code());
    callback.error = request.error();
    callback.issuer = request.iss();
    absl::StatusOr<StartedGrant> started = co_await logins_.Finish(
        caller.context, *std::move(attempt), std::move(callback), /*claimed=*/true);
    if (!started.ok()) co_return started.status();
    co_return TokenAnswer<v1::CompleteLoginResponse>(*started);
  }

  Task<absl::StatusOr<WebLoginStart>> StartWebLogin(WebLoginRequest request) {
    Counted counted(&use_cases_);
    absl::StatusOr<WebLoginStart> start = co_await web_login_.Start(std::move(request));
    co_return start;
  }

  Task<WebLoginResult> CompleteWebLogin(WebCallback callback) {
    Counted counted(&use_cases_);
    WebLoginResult result = co_await web_login_.Complete(std::move(callback));
    co_return result;
  }

  void Replay(std::vector<ResultJournal::Entry> entries) { recovery_.Replay(std::move(entries)); }
  void OnStoreReconnected() { recovery_.CheckRecent(); }

  void StartKeepAlive() { worker_->Start(); }
  void StopKeepAlive() { worker_->Stop(); }

  Task<absl::Status> CheckStore() { return parts_.store->Ping(); }

  int in_flight() const {
    return use_cases_.load(std::memory_order_relaxed) + renewer_.in_flight() +
           companions_.in_flight() + recovery_.in_flight() + (event_tail_.following() ? 1 : 0) +
           (worker_.has_value() ? worker_->in_flight() : 0);
  }

 private:
  // The grant if the caller may use it now.
  Task<absl::StatusOr<LoadedGrant>> Load(const Caller& caller, std::string access_token,
                                         bool allow_cached) {
    Secret secret(std::move(access_token));
    absl::StatusOr<LoadedGrant> grant = co_await grants_.Find(secret, allow_cached);
    if (allow_cached && IsStoreDown(grant.status()))
      co_return LastKnown(caller, secret.Reveal(), grant.status());
    if (!grant.ok()) co_return grant;
    absl::Status usable = CheckUsable(*caller.app, grant->grant(), parts_.clock->Now());
    if (usable.ok()) co_return grant;
    if (!allow_cached) co_return usable;
    // What memory says against the caller is asked of the store once more.
    absl::StatusOr<LoadedGrant> stored =
        co_await Load(caller, secret.Reveal(), /*allow_cached=*/false);
    co_return stored;
  }

  // The grant as memory last knew it, if the caller may use it now, for answers while the store is away (rule 5); else `away`.
  absl::StatusOr<LoadedGrant> LastKnown(const Caller& caller, const std::string& access_token,
                                        const absl::Status& away) const {
    std::optional<LoadedGrant> known = grants_.LastKnown(Secret(access_token), parts_.outage_reads);
    if (!known.has_value()) return away;
    if (!CheckUsable(*caller.app, known->grant(), parts_.clock->Now()).ok()) return away;
    return *std::move(known);
  }

  const BrokerParts parts_;
  GrantRepository grants_;
  GuardedProvider guarded_;
  RecentResults recent_;
  Renewer renewer_;
  ResultRecovery recovery_;
  Companions companions_;
  TokenLook looks_;
  std::optional<GrantTender> tender_;
  std::optional<KeepAliveWorker> worker_;
  ProfileReader profiles_;
  GrantStarter starter_;
  LoginFlow logins_;
  TokenExchange exchange_;
  WebLogin web_login_;
  TokenRevocation revocation_;
  EventTail event_tail_;
  std::atomic<int> use_cases_{0};  // read by the drain, from its thread
};

Broker::Broker(BrokerParts parts) : impl_(std::make_unique<Impl>(parts)) {}
Broker::~Broker() = default;

Task<absl::StatusOr<v1::ExchangeTokenResponse>> Broker::ExchangeToken(
    Caller caller, v1::ExchangeTokenRequest request) {
  return impl_->ExchangeToken(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::RefreshTokenResponse>> Broker::RefreshToken(
    Caller caller, v1::RefreshTokenRequest request) {
  return impl_->RefreshToken(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::GetRefreshedProfileResponse>> Broker::GetRefreshedProfile(
    Caller caller, v1::GetRefreshedProfileRequest request) {
  return impl_->GetRefreshedProfile(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::GetProviderTokenResponse>> Broker::GetProviderToken(
    Caller caller, v1::GetProviderTokenRequest request) {
  return impl_->GetProviderToken(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::IntrospectTokenResponse>> Broker::IntrospectToken(
    Caller caller, v1::IntrospectTokenRequest request) {
  return impl_->IntrospectToken(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::RevokeTokenResponse>> Broker::RevokeToken(Caller caller,
                                                                  v1::RevokeTokenRequest request) {
  return impl_->RevokeToken(std::move(caller), std::move(request));
}

Task<absl::Status> Broker::WatchGrantEvents(Caller caller, v1::WatchGrantEventsRequest request,
                                            std::shared_ptr<EventSink> sink) {
  return impl_->WatchGrantEvents(std::move(caller), std::move(request), std::move(sink));
}

Task<absl::StatusOr<v1::StartLoginResponse>> Broker::StartLogin(Caller caller,
                                                                v1::StartLoginRequest request) {
  return impl_->StartLogin(std::move(caller), std::move(request));
}

Task<absl::StatusOr<v1::CompleteLoginResponse>> Broker::CompleteLogin(
    Caller caller, v1::CompleteLoginRequest request) {
  return impl_->CompleteLogin(std::move(caller), std::move(request));
}

Task<absl::StatusOr<WebLoginStart>> Broker::StartWebLogin(WebLoginRequest request) {
  return impl_->StartWebLogin(std::move(request));
}

Task<WebLoginResult> Broker::CompleteWebLogin(WebCallback callback) {
  return impl_->CompleteWebLogin(std::move(callback));
}

void Broker::Replay(std::vector<ResultJournal::Entry> entries) {
  impl_->Replay(std::move(entries));
}

void Broker::OnStoreReconnected() { impl_->OnStoreReconnected(); }

void Broker::StartKeepAlive() { impl_->StartKeepAlive(); }

void Broker::StopKeepAlive() { impl_->StopKeepAlive(); }

Task<absl::Status> Broker::CheckStore() { return impl_->CheckStore(); }

int Broker::in_flight() const { return impl_->in_flight(); }

}  // namespace evertoken
