#include "tests/hostile_provider/hostile_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/demo/http_listener.h"
#include "tests/hostile_provider/admin_site.h"
#include "tests/hostile_provider/engine.h"
#include "tests/hostile_provider/provider_site.h"

namespace evertoken::hostile {
namespace {

// All that a reset throws away.
struct Stage {
  Stage(const HostileProvider::Settings& settings, const std::string& client_secret)
      : engine(settings),
        provider(&engine, client_secret),
        admin(&engine, &provider.login_rules(), &ahead) {}

  HostileProvider engine;
  ProviderSite provider;
  absl::Duration ahead;  // of real time
  AdminSite admin;
};

demo::Reply::Delivery ToDelivery(Delivery delivery) {
  switch (delivery) {
    case Delivery::kHalfOfBody:
      return demo::Reply::Delivery::kHalfOfBody;
    case Delivery::kNothing:
      return demo::Reply::Delivery::kNothing;
    case Delivery::kWhole:
      break;
  }
  return demo::Reply::Delivery::kWhole;
}

demo::Reply ToReply(ProviderReply from) {
  demo::Reply reply;
  reply.status = from.status;
  for (auto& [name, value] : from.headers) {
    if (name == "content-type") {
      reply.content_type = std::move(value);
    } else {
      reply.headers.emplace_back(name, std::move(value));
    }
  }
  reply.body = std::move(from.body);
  reply.delay = from.delay;
  reply.delivery = ToDelivery(from.delivery);
  return reply;
}

}  // namespace

class HostileServer::Impl {
 public:
  Impl(const HostileServerOptions& options, std::unique_ptr<demo::HttpListener> listener)
      : client_secret_(options.client_secret), port_(listener->port()) {
    settings_.issuer = absl::StrCat("http://127.0.0.1:", port_);
    settings_.client_id = options.client_id;
    settings_.seed = options.seed;
    settings_.algorithm = options.algorithm;
    Reset();
    listener_ = std::move(listener);
    listener_->Serve([this](const demo::Request& request) { return Answer(request); });
  }

  int port() const { return port_; }
  const std::string& issuer() const { return settings_.issuer; }

 private:
  void Reset() { stage_ = std::make_shared<Stage>(settings_, client_secret_); }

  demo::Reply Answer(const demo::Request& from) {
    const ProviderRequest request = {from.method, from.path, from.query, from.authorization,
                                     from.body};
    const absl::Time now = clock_.Now() + stage_->ahead;
    if (request.method == "POST" && request.path == "/admin/reset") {
      Reset();
      return ToReply(JsonProviderReply(200, "{}\n"));
    }
    if (absl::StartsWith(request.path, "/admin/"))
      return ToReply(stage_->admin.Handle(request, now));
    // On its way a request stays with the stage that it came to.
    auto passage = std::make_shared<Passage>(stage_->provider.Handle(request, now));
    demo::Reply reply;
    reply.delay = passage->delay;
    reply.later = [this, stage = stage_, passage] {
      return ToReply(passage->finish(clock_.Now() + stage->ahead));
    };
    return reply;
  }

  const std::string client_secret_;
  const int port_;
  const SystemClock clock_;
  HostileProvider::Settings settings_;
  std::shared_ptr<Stage> stage_;
  // Last, so that its thread is gone before what it uses.
  std::unique_ptr<demo::HttpListener> listener_;
};

absl::StatusOr<std::unique_ptr<HostileServer>> HostileServer::Start(
    const HostileServerOptions& options) {
  absl::StatusOr<std::unique_ptr<demo::HttpListener>> listener =
      demo::HttpListener::Open(options.port);
  if (!listener.ok()) return listener.status();
  auto impl = std::make_unique<Impl>(options, *std::move(listener));
  return std::unique_ptr<HostileServer>(new HostileServer(std::move(impl)));
}

HostileServer::HostileServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HostileServer::~HostileServer() = default;

int HostileServer::port() const { return impl_->port(); }
const std::string& HostileServer::issuer() const { return impl_->issuer(); }

}  // namespace evertoken::hostile
