#ifndef EVERTOKEN_SERVER_BASE_METRICS_H_
#define EVERTOKEN_SERVER_BASE_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evertoken {

// The server's metrics in the Prometheus data model. Label values come from closed sets (method, code, provider id, outcome),
// never from callers, so the number of series stays bounded and no secret can get in. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // evertoken_requests_total{method,code}, evertoken_request_seconds{method}
  void CountRequest(absl::string_view method, absl::string_view code, absl::Duration took);
  // evertoken_provider_calls_total{provider,call,outcome}, evertoken_provider_call_seconds{provider,call}
  void CountProviderCall(absl::string_view provider, absl::string_view call,
                         absl::string_view outcome, absl::Duration took);
  // evertoken_renewals_total{provider,outcome}; outcome: renewed, joined, fresh, or an ErrorReason name in lower case
  void CountRenewal(absl::string_view provider, absl::string_view outcome);
  // evertoken_store_operations_total{operation,code}, evertoken_store_operation_seconds{operation}
  void CountStoreOperation(absl::string_view operation, absl::string_view code,
                           absl::Duration took);
  // evertoken_in_flight_requests
  void SetInFlight(int64_t requests);
  // evertoken_logins_total{provider,outcome}
  void CountLogin(absl::string_view provider, absl::string_view outcome);
  // evertoken_provider_refusals_total{provider,reason}: calls that were not made, to protect the provider and us
  void CountProviderRefusal(absl::string_view provider, absl::string_view reason);
  // evertoken_provider_pauses_total{provider,cause}: how often calls were held back for a while
  void CountProviderPause(absl::string_view provider, absl::string_view cause);
  // evertoken_provider_circuits_open{provider}
  void AddOpenCircuits(absl::string_view provider, int change);
  // evertoken_provider_waiting_calls{provider}
  void AddWaitingCalls(absl::string_view provider, int change);

  // evertoken_due_grants{shard}: grants of a shard of the due queue that wait to be tended, as far as this process works on it;
  // evertoken_due_oldest_seconds{shard}: for how long the first of them has been due
  void SetDue(int shard, int64_t grants, absl::Duration oldest);
  // evertoken_due_visits_total{outcome}: grants that were tended without a caller
  void CountDueVisit(absl::string_view outcome);

  // evertoken_event_streams: calls of WatchGrantEvents that are open
  void AddEventStreams(int change);

  // evertoken_catalog_reloads_total{outcome}; outcome: used, refused. evertoken_catalog_refused: 1 while the files are others than what
  // serves, because they have a problem
  void CountCatalogReload(bool used);
  // evertoken_catalog_disabled_entries, evertoken_catalog_loaded_timestamp_seconds
  void SetCatalog(size_t disabled_entries, absl::Time loaded);

  // Everything in the text exposition format 0.0.4.
  std::string Serialize() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_METRICS_H_
