#include "server/store/redis/redis_tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

absl::Status FileError(const std::string& file, const char* what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("redis tls: ", file, " is not ", what));
}

bool IsAddress(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

absl::Status Load(SSL_CTX* context, const RedisTls::Files& files) {
  if (files.certificate.empty() != files.private_key.empty()) {
    return absl::InvalidArgumentError(
        "redis tls: certificate and private_key must be set together");
  }
  if (files.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, files.ca.c_str(), nullptr) != 1) {
    return FileError(files.ca, "a readable PEM file of certificates");
  }
  if (files.certificate.empty()) return absl::OkStatus();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return FileError(files.certificate, "a readable PEM certificate chain");
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return FileError(files.private_key,
                     "a readable PEM private key that belongs to the certificate");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RedisTls>> RedisTls::New(const Files& files,
                                                              const std::string& server_name) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return absl::InternalError("redis tls: OpenSSL could not be initialised");
  std::shared_ptr<const RedisTls> tls(new RedisTls(context, server_name));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const absl::Status loaded = Load(context, files);
  if (!loaded.ok()) return loaded;
  return tls;
}

RedisTls::RedisTls(SSL_CTX* context, std::string server_name)
    : context_(context), server_name_(std::move(server_name)) {}

RedisTls::~RedisTls() { SSL_CTX_free(context_); }

SSL* RedisTls::NewSession() const {
  SSL* const session = SSL_new(context_);
  if (session == nullptr) return nullptr;
  bool named;
  if (IsAddress(server_name_)) {
    // Addresses are no names for SNI (RFC 6066 section 3).
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), server_name_.c_str()) == 1;
  } else {
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = SSL_set1_host(session, server_name_.c_str()) == 1 &&
            SSL_set_tlsext_host_name(session, server_name_.c_str()) == 1;
  }
  if (named) return session;
  // A session whose name is not checked must not be used.
  SSL_free(session);
  return nullptr;
}

}  // namespace evertoken
