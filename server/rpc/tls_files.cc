#include "server/rpc/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

constexpr std::streamsize kLargestFile = 1 << 20;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;

absl::Status Wrong(absl::string_view field, const std::string& path, absl::string_view what) {
  // What OpenSSL queued would turn up in somebody else's errors.
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("grpc.tls.", field, " '", path, "' ", what));
}

absl::StatusOr<std::string> ReadFile(absl::string_view field, const std::string& path) {
  if (path.empty()) return Wrong(field, path, "is missing");
  std::ifstream file(path, std::ios::binary);
  std::string content(static_cast<size_t>(kLargestFile), '\0');
  file.read(content.data(), kLargestFile);
  // A folder opens, and fails at the first read.
  if (!file.eof() || file.gcount() == 0) {
    WipeString(&content);
    return Wrong(field, path, "cannot be read, is empty, or is larger than 1 MiB");
  }
  std::string exact = content.substr(0, static_cast<size_t>(file.gcount()));
  WipeString(&content);
  return exact;
}

Bio Reader(absl::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate FirstCertificate(absl::string_view pem) {
  return Certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr));
}

PrivateKey KeyOf(const Secret& pem) {
  // Without a callback OpenSSL would ask the terminal for an encrypted key's passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  return PrivateKey(
      PEM_read_bio_PrivateKey(Reader(pem.Reveal()).get(), nullptr, no_passphrase, nullptr));
}

std::string PathOf(const std::string& path, const std::string& base_dir) {
  return path.empty() ? path : (std::filesystem::path(base_dir) / path).string();
}

}  // namespace

absl::StatusOr<TlsFiles> ReadTlsFiles(const config::v1::Tls& config, const std::string& base_dir) {
  const std::string certificate_path = PathOf(config.certificate(), base_dir);
  absl::StatusOr<std::string> chain = ReadFile("certificate", certificate_path);
  if (!chain.ok()) return chain.status();
  const Certificate certificate = FirstCertificate(*chain);
  if (certificate == nullptr)
    return Wrong("certificate", certificate_path, "holds no PEM certificate");

  const std::string key_path = PathOf(config.private_key(), base_dir);
  absl::StatusOr<std::string> key_text = ReadFile("private_key", key_path);
  if (!key_text.ok()) return key_text.status();
  TlsFiles files{*std::move(chain), Secret(*std::move(key_text)), ""};
  const PrivateKey key = KeyOf(files.private_key);
  if (key == nullptr)
    return Wrong("private_key", key_path, "holds no PEM private key without passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong("private_key", key_path,
                 absl::StrCat("is not the key of the certificate '", certificate_path, "'"));
  }

  if (config.client_ca().empty()) return files;
  const std::string ca_path = PathOf(config.client_ca(), base_dir);
  absl::StatusOr<std::string> ca = ReadFile("client_ca", ca_path);
  if (!ca.ok()) return ca.status();
  if (FirstCertificate(*ca) == nullptr)
    return Wrong("client_ca", ca_path, "holds no PEM certificate");
  files.client_ca = *std::move(ca);
  return files;
}

}  // namespace evertoken
