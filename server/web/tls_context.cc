#include "server/web/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evertoken {

namespace ssl = boost::asio::ssl;

namespace {

std::string PathFrom(const std::string& base_dir, const std::string& path) {
  return (std::filesystem::path(base_dir) / path).string();
}

absl::Status Unusable(absl::string_view field, const std::string& path, absl::string_view why) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("web.tls.", field, ": ", path, ": ", why));
}

}  // namespace

TlsContext::TlsContext() : context_(std::make_unique<ssl::context>(ssl::context::tls_server)) {}
TlsContext::~TlsContext() = default;

ssl::context& TlsContext::native() { return *context_; }

absl::StatusOr<std::shared_ptr<TlsContext>> TlsContext::Load(const config::v1::Tls& config,
                                                             const std::string& base_dir) {
  const std::string certificate = PathFrom(base_dir, config.certificate());
  const std::string private_key = PathFrom(base_dir, config.private_key());
  std::shared_ptr<TlsContext> tls(new TlsContext());
  SSL_CTX* native = tls->context_->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  if (SSL_CTX_use_certificate_chain_file(native, certificate.c_str()) != 1) {
    return Unusable("certificate", certificate, "not a readable PEM certificate chain");
  }
  if (SSL_CTX_use_PrivateKey_file(native, private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Unusable("private_key", private_key,
                    "not a readable PEM private key that belongs to the certificate");
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return Unusable("private_key", private_key, "does not belong to the certificate");
  }
  return tls;
}

}  // namespace evertoken
