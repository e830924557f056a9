#include "server/base/metrics.h"

#include <atomic>
#include <initializer_list>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace evertoken {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

// From an answer out of memory to a provider at its timeout.
const Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds = new Histogram::BucketBoundaries{
      0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *bounds;
}

using Names = std::initializer_list<const char*>;
using Values = std::initializer_list<absl::string_view>;

std::map<std::string, std::string> LabelsOf(Names names, Values values) {
  std::map<std::string, std::string> labels;
  const absl::string_view* value = values.begin();
  for (const char* name : names) labels.emplace(name, std::string(*value++));
  return labels;
}

// What one thread knows of one Metrics' series. Finding a series in a family costs a lock, a map and a hash of all labels; here
// it costs one hash and no lock, on the path of every request.
struct SeriesCache {
  uint64_t owner = 0;
  absl::flat_hash_map<std::string, void*> series;
};

SeriesCache& ThreadCache(uint64_t owner) {
  thread_local SeriesCache cache;
  if (cache.owner != owner) {
    cache.series.clear();
    cache.owner = owner;
  }
  return cache;
}

uint64_t NextOwner() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

class Metrics::Impl {
 public:
  Impl()
      : requests_(AddCounter("evertoken_requests_total",
                             "Requests answered, by method and status code.")),
        request_seconds_(AddHistogram("evertoken_request_seconds", "Time to answer a request.")),
        provider_calls_(
            AddCounter("evertoken_provider_calls_total", "Calls to providers, by outcome.")),
        provider_call_seconds_(
            AddHistogram("evertoken_provider_call_seconds", "Time a provider took to reply.")),
        renewals_(AddCounter("evertoken_renewals_total", "Refreshes of tokens, by outcome.")),
        store_operations_(
            AddCounter("evertoken_store_operations_total", "Store operations, by status code.")),
        store_operation_seconds_(
            AddHistogram("evertoken_store_operation_seconds", "Time a store operation took.")),
        logins_(AddCounter("evertoken_logins_total", "Logins, by outcome.")),
        provider_refusals_(AddCounter("evertoken_provider_refusals_total",
                                      "Provider calls that were not made, by reason.")),
        provider_pauses_(AddCounter("evertoken_provider_pauses_total",
                                    "How often provider calls were held back, by cause.")),
        circuits_open_(AddGauge("evertoken_provider_circuits_open",
                                "Apps' circuits to the provider that are open.")),
        waiting_calls_(AddGauge("evertoken_provider_waiting_calls",
                                "Provider calls that wait for a slot or for budget.")),
        due_grants_(AddGauge("evertoken_due_grants",
                             "Grants that wait to be tended without a caller, by shard.")),
        due_oldest_(AddGauge("evertoken_due_oldest_seconds",
                             "For how long the first of a shard's due grants has been due.")),
        due_visits_(AddCounter("evertoken_due_visits_total",
                               "Grants tended without a caller, by outcome.")),
        catalog_reloads_(AddCounter("evertoken_catalog_reloads_total",
                                    "Changed catalogue files that were read, by outcome.")),
        catalog_refused_(AddGauge("evertoken_catalog_refused",
                                  "1 while the catalogue files have a problem and an earlier "
                                  "catalogue serves.")
                             .Add({})),
        catalog_disabled_(AddGauge("evertoken_catalog_disabled_entries",
                                   "Entries left out because they have a problem.")
                              .Add({})),
        catalog_loaded_(AddGauge("evertoken_catalog_loaded_timestamp_seconds",
                                 "When the catalogue that serves was loaded.")
                            .Add({})),
        in_flight_(AddGauge("evertoken_in_flight_requests", "Requests being worked on.").Add({})),
        event_streams_(
            AddGauge("evertoken_event_streams", "Calls of WatchGrantEvents that are open.")
                .Add({})) {}

  void CountRequest(absl::string_view method, absl::string_view code, absl::Duration took) {
    Find(&requests_, 'a', {"method", "code"}, {method, code})->Increment();
    Find(&request_seconds_, 'b', {"method"}, {method}, Seconds())
        ->Observe(absl::ToDoubleSeconds(took));
  }

  void CountProviderCall(absl::string_view provider, absl::string_view call,
                         absl::string_view outcome, absl::Duration took) {
    Find(&provider_calls_, 'c', {"provider", "call", "outcome"}, {provider, call, outcome})
        ->Increment();
    Find(&provider_call_seconds_, 'd', {"provider", "call"}, {provider, call}, Seconds())
        ->Observe(absl::ToDoubleSeconds(took));
  }

  void CountRenewal(absl::string_view provider, absl::string_view outcome) {
    Find(&renewals_, 'e', {"provider", "outcome"}, {provider, outcome})->Increment();
  }

  void CountStoreOperation(absl::string_view operation, absl::string_view code,
                           absl::Duration took) {
    Find(&store_operations_, 'f', {"operation", "code"}, {operation, code})->Increment();
    Find(&store_operation_seconds_, 'g', {"operation"}, {operation}, Seconds())
        ->Observe(absl::ToDoubleSeconds(took));
  }

  void CountLogin(absl::string_view provider, absl::string_view outcome) {
    Find(&logins_, 'h', {"provider", "outcome"}, {provider, outcome})->Increment();
  }

  void CountProviderRefusal(absl::string_view provider, absl::string_view reason) {
    Find(&provider_refusals_, 'i', {"provider", "reason"}, {provider, reason})->Increment();
  }

  void CountProviderPause(absl::string_view provider, absl::string_view cause) {
    Find(&provider_pauses_, 'j', {"provider", "cause"}, {provider, cause})->Increment();
  }

  void AddOpenCircuits(absl::string_view provider, int change) {
    Find(&circuits_open_, 'k', {"provider"}, {provider})->Increment(change);
  }

  void AddWaitingCalls(absl::string_view provider, int change) {
    Find(&waiting_calls_, 'l', {"provider"}, {provider})->Increment(change);
  }

  void SetDue(int shard, int64_t grants, absl::Duration oldest) {
    const std::string number = absl::StrCat(shard);
    Find(&due_grants_, 'm', {"shard"}, {number})->Set(static_cast<double>(grants));
    Find(&due_oldest_, 'n', {"shard"}, {number})->Set(absl::ToDoubleSeconds(oldest));
  }

  void CountDueVisit(absl::string_view outcome) {
    Find(&due_visits_, 'o', {"outcome"}, {outcome})->Increment();
  }

  void AddEventStreams(int change) { event_streams_.Increment(change); }

  void CountCatalogReload(bool used) {
    Find(&catalog_reloads_, 'p', {"outcome"}, {used ? "used" : "refused"})->Increment();
    catalog_refused_.Set(used ? 0 : 1);
  }

  void SetCatalog(size_t disabled_entries, absl::Time loaded) {
    catalog_disabled_.Set(static_cast<double>(disabled_entries));
    catalog_loaded_.Set(static_cast<double>(absl::ToUnixSeconds(loaded)));
  }

  void SetInFlight(int64_t requests) { in_flight_.Set(static_cast<double>(requests)); }

  std::string Serialize() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  Family<Counter>& AddCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  }

  Family<Gauge>& AddGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }

  Family<Histogram>& AddHistogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
  }

  // The series of `family` with these labels. `id` tells families apart in the cache; series live as long as the registry.
  template <typename Series, typename... Args>
  Series* Find(Family<Series>* family, char id, Names names, Values values, const Args&... args) {
    // Reused, so that only a new series allocates.
    thread_local std::string key;
    key.assign(1, id);
    for (absl::string_view value : values) absl::StrAppend(&key, value, absl::string_view("\0", 1));
    absl::flat_hash_map<std::string, void*>& known = ThreadCache(owner_).series;
    const auto found = known.find(key);
    if (found != known.end()) return static_cast<Series*>(found->second);
    Series* const added = &family->Add(LabelsOf(names, values), args...);
    known.emplace(key, added);
    return added;
  }

  const uint64_t owner_ = NextOwner();
  Registry registry_;
  Family<Counter>& requests_;
  Family<Histogram>& request_seconds_;
  Family<Counter>& provider_calls_;
  Family<Histogram>& provider_call_seconds_;
  Family<Counter>& renewals_;
  Family<Counter>& store_operations_;
  Family<Histogram>& store_operation_seconds_;
  Family<Counter>& logins_;
  Family<Counter>& provider_refusals_;
  Family<Counter>& provider_pauses_;
  Family<Gauge>& circuits_open_;
  Family<Gauge>& waiting_calls_;
  Family<Gauge>& due_grants_;
  Family<Gauge>& due_oldest_;
  Family<Counter>& due_visits_;
  Family<Counter>& catalog_reloads_;
  Gauge& catalog_refused_;
  Gauge& catalog_disabled_;
  Gauge& catalog_loaded_;
  Gauge& in_flight_;
  Gauge& event_streams_;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::CountRequest(absl::string_view method, absl::string_view code, absl::Duration took) {
  impl_->CountRequest(method, code, took);
}

void Metrics::CountProviderCall(absl::string_view provider, absl::string_view call,
                                absl::string_view outcome, absl::Duration took) {
  impl_->CountProviderCall(provider, call, outcome, took);
}

void Metrics::CountRenewal(absl::string_view provider, absl::string_view outcome) {
  impl_->CountRenewal(provider, outcome);
}

void Metrics::CountStoreOperation(absl::string_view operation, absl::string_view code,
                                  absl::Duration took) {
  impl_->CountStoreOperation(operation, code, took);
}

void Metrics::CountLogin(absl::string_view provider, absl::string_view outcome) {
  impl_->CountLogin(provider, outcome);
}

void Metrics::CountProviderRefusal(absl::string_view provider, absl::string_view reason) {
  impl_->CountProviderRefusal(provider, reason);
}

void Metrics::CountProviderPause(absl::string_view provider, absl::string_view cause) {
  impl_->CountProviderPause(provider, cause);
}

void Metrics::AddOpenCircuits(absl::string_view provider, int change) {
  impl_->AddOpenCircuits(provider, change);
}

void Metrics::AddWaitingCalls(absl::string_view provider, int change) {
  impl_->AddWaitingCalls(provider, change);
}

void Metrics::SetDue(int shard, int64_t grants, absl::Duration oldest) {
  impl_->SetDue(shard, grants, oldest);
}

void Metrics::CountDueVisit(absl::string_view outcome) { impl_->CountDueVisit(outcome); }

void Metrics::AddEventStreams(int change) { impl_->AddEventStreams(change); }

void Metrics::CountCatalogReload(bool used) { impl_->CountCatalogReload(used); }

void Metrics::SetCatalog(size_t disabled_entries, absl::Time loaded) {
  impl_->SetCatalog(disabled_entries, loaded);
}

void Metrics::SetInFlight(int64_t requests) { impl_->SetInFlight(requests); }

std::string Metrics::Serialize() const { return impl_->Serialize(); }

}  // namespace evertoken
